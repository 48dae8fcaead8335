import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';

import { useTexts } from '../../shared/i18n';
import { preferences, usePreferences, type Preferences as Chosen } from '../../shared/preferences';
import { useNarrow } from '../../shared/ui/useNarrow';

export function Preferences() {
  const { t } = useTexts();
  const { language, theme } = usePreferences();
  // On a narrow page the control is a select that shows its own label.
  const narrow = useNarrow();
  return (
    <Container header={<Header variant="h2" description={t('account.preferences.text')}>{t('account.preferences')}</Header>}>
      <ColumnLayout columns={2}>
        <FormField label={!narrow && t('preferences.language')}>
          <SegmentedControl
            label={t('preferences.language')}
            selectedId={language}
            options={[
              { id: 'en', text: 'English' },
              { id: 'de', text: 'Deutsch' },
            ]}
            onChange={({ detail }) => preferences.set({ language: detail.selectedId as Chosen['language'] })}
          />
        </FormField>
        <FormField label={!narrow && t('preferences.theme')}>
          <SegmentedControl
            label={t('preferences.theme')}
            selectedId={theme}
            options={(['system', 'light', 'dark'] as const).map((id) => ({ id, text: t(`preferences.theme.${id}`) }))}
            onChange={({ detail }) => preferences.set({ theme: detail.selectedId as Chosen['theme'] })}
          />
        </FormField>
      </ColumnLayout>
    </Container>
  );
}
