import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { Component, type ReactNode } from 'react';

import { useTexts } from '../shared/i18n';

function Crashed() {
  const { t } = useTexts();
  return (
    <Alert type="error" header={t('state.crashed')} action={<Button onClick={() => location.reload()}>{t('state.reload')}</Button>}>
      {t('state.crashed.hint')}
    </Alert>
  );
}

interface Props {
  /** The page's address: another page is tried anew. */
  at: string;
  children: ReactNode;
}

/** A page that throws takes nothing else with it. It may also be a part of it that could not be fetched. */
export class Crash extends Component<Props, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override componentDidUpdate({ at }: Props) {
    if (this.state.crashed && at !== this.props.at) {
      this.setState({ crashed: false });
    }
  }

  override render() {
    return this.state.crashed ? <Crashed /> : this.props.children;
  }
}
