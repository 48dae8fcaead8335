import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

/** Features are built of what is shared and never of each other: only `app` knows them all. */
const features = {
  'no-restricted-imports': [
    'error',
    { patterns: [{ regex: '\\.\\./\\.\\./features|^\\.\\./(?!\\.\\./|api|components)[a-z-]+/', message: 'Features do not import each other.' }] },
  ],
};

export default defineConfig([
  globalIgnores(['dist', 'screenshots', 'test-results', 'src/shared/api/schema.d.ts']),
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [ts.configs.strict, hooks.configs.flat.recommended],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      // A key of a record that is known to be there is destructured away.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.name=/^use(Layout)?Effect$/] > ArrowFunctionExpression[body.type='CallExpression']",
          // Browsers come to return promises where they returned nothing (scrollTo), and React would call them.
          message: 'What an effect returns is called to clean up: put the call in braces.',
        },
      ],
    },
  },
  { files: ['src/features/**/*.{ts,tsx}'], rules: features },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', fetch: 'readonly', setTimeout: 'readonly', Headers: 'readonly' } },
  },
]);
