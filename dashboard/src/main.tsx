import '@cloudscape-design/global-styles/index.css';
import './page.css';

import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app/App';
import { reloadWhenReplaced } from './app/newer';
import { connect } from './shared/api/client';
import { queryClient } from './shared/api/queries';
import { tokens } from './shared/auth/renewal';
import { configureAuth } from './shared/auth/session';
import { loadConfig } from './shared/config';
import { TextsProvider } from './shared/i18n';
import { followTheme } from './shared/theme';

async function start(root: HTMLElement): Promise<void> {
  followTheme();
  reloadWhenReplaced();
  try {
    const config = await loadConfig();
    configureAuth(config);
    connect(config.apiUrl, tokens);
  } catch {
    // Before any catalogue is there: both languages at once.
    root.textContent = 'Carillon is not set up: /config.json is missing or incomplete. · Carillon ist nicht eingerichtet.';
    return;
  }
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <TextsProvider>
          <App />
        </TextsProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root) {
  void start(root);
}
