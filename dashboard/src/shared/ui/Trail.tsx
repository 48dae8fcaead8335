import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import { useNavigate } from 'react-router';

interface Place {
  text: string;
  href: string;
}

/** The way to a page from its list; the last place is the page itself. */
export function Trail({ items }: { items: Place[] }) {
  const navigate = useNavigate();
  return (
    <BreadcrumbGroup
      items={items}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href);
      }}
    />
  );
}
