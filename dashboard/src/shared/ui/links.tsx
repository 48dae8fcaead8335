import Link, { type LinkProps } from '@cloudscape-design/components/link';
import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import { useNavigate } from 'react-router';

/** A Cloudscape link that stays within the page: the address is real, so that it opens in a new tab as well. */
export function PageLink(props: LinkProps & { href: string }) {
  const navigate = useNavigate();
  return (
    <Link
      {...props}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(props.href);
      }}
    />
  );
}

export function PageButton(props: ButtonProps & { href: string }) {
  const navigate = useNavigate();
  return (
    <Button
      {...props}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(props.href);
      }}
    />
  );
}
