import { Amplify } from '@aws-amplify/core';
import {
  confirmResetPassword,
  confirmSignIn,
  fetchAuthSession,
  getCurrentUser,
  resetPassword,
  setUpTOTP,
  signIn,
  signOut,
  updateMFAPreference,
  updatePassword,
  verifyTOTPSetup,
  fetchMFAPreference,
} from '@aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';

import type { Config } from '../config';

/** What the user pool asks for next. */
export type Step = 'done' | 'new-password' | 'code' | 'reset';

export function configureAuth(config: Config): void {
  const auth = {
    Cognito: {
      userPoolId: config.userPoolId,
      userPoolClientId: config.userPoolClientId,
      ...(config.cognitoEndpoint ? { userPoolEndpoint: config.cognitoEndpoint } : {}),
    },
  };
  // What the package `aws-amplify` does when it is configured; the rest of it is not needed here.
  cognitoUserPoolsTokenProvider.setAuthConfig(auth);
  Amplify.configure({ Auth: auth }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
}

/** Why the user pool refused, as a word that the catalogues know. */
export type SignInTrouble = 'wrong' | 'code' | 'expired' | 'password' | 'many' | 'offline' | 'unknown';

export function troubleOf(error: unknown): SignInTrouble {
  const name = error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAuthorizedException':
    case 'UserNotFoundException':
      return 'wrong';
    case 'CodeMismatchException':
    case 'EnableSoftwareTokenMFAException':
      return 'code';
    case 'ExpiredCodeException':
      return 'expired';
    case 'InvalidPasswordException':
    case 'PasswordHistoryPolicyViolationException':
      return 'password';
    case 'LimitExceededException':
    case 'TooManyRequestsException':
    case 'TooManyFailedAttemptsException':
      return 'many';
    case 'NetworkError':
      return 'offline';
    default:
      return 'unknown';
  }
}

/** The user pool's rule (infra/template.yaml), told before it is asked; the pool has the last word. */
export const fitsRule = (password: string): boolean =>
  password.length >= 12 && /\p{Lu}/u.test(password) && /\p{Ll}/u.test(password) && /\d/.test(password);

type NextStep = { nextStep: { signInStep: string } };

function stepOf({ nextStep: { signInStep } }: NextStep): Step {
  switch (signInStep) {
    case 'DONE':
      return 'done';
    case 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED':
      return 'new-password';
    case 'CONFIRM_SIGN_IN_WITH_TOTP_CODE':
      return 'code';
    case 'RESET_PASSWORD':
      return 'reset';
    default:
      throw new Error(`the user pool asks for ${signInStep}, which this page cannot do`);
  }
}

/** By SRP: the password never leaves the browser. */
export async function begin(email: string, password: string): Promise<Step> {
  const input = { username: email.trim().toLowerCase(), password, options: { authFlowType: 'USER_SRP_AUTH' as const } };
  try {
    return stepOf(await signIn(input));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'UserAlreadyAuthenticatedException') {
      throw error;
    }
    // What is left of a session that the API no longer accepts.
    await signOut();
    return stepOf(await signIn(input));
  }
}

/** Answers what the user pool asked for: a new password, or a code. */
export async function answer(response: string): Promise<Step> {
  return stepOf(await confirmSignIn({ challengeResponse: response }));
}

export async function forgot(email: string): Promise<void> {
  await resetPassword({ username: email.trim().toLowerCase() });
}

export async function choosePassword(email: string, code: string, password: string): Promise<void> {
  await confirmResetPassword({ username: email.trim().toLowerCase(), confirmationCode: code, newPassword: password });
}

/** The id token, renewed if it has run out; `null` if that is no longer possible. A lost network is an error. */
export async function idToken(forceRefresh = false): Promise<string | null> {
  try {
    const { tokens } = await fetchAuthSession({ forceRefresh });
    return tokens?.idToken?.toString() ?? null;
  } catch (error) {
    if (troubleOf(error) === 'offline') {
      throw new TypeError('no network', { cause: error });
    }
    return null;
  }
}

export async function signedInAs(): Promise<string | null> {
  try {
    const { tokens } = await fetchAuthSession();
    const email = tokens?.idToken?.payload['email'];
    return typeof email === 'string' ? email : ((await getCurrentUser()).signInDetails?.loginId ?? null);
  } catch {
    return null;
  }
}

/** Ends the session here, or on every device (then no refresh token works any more). */
export async function leave(everywhere: boolean): Promise<void> {
  await signOut({ global: everywhere });
}

export async function changePassword(oldPassword: string, newPassword: string): Promise<void> {
  await updatePassword({ oldPassword, newPassword });
}

/** The address that an authenticator app reads, and the secret for typing it in. */
export async function beginTotp(account: string): Promise<{ uri: string; secret: string }> {
  const setup = await setUpTOTP();
  return { uri: setup.getSetupUri('Carillon', account).toString(), secret: setup.sharedSecret };
}

export async function finishTotp(code: string): Promise<void> {
  await verifyTOTPSetup({ code });
  await updateMFAPreference({ totp: 'PREFERRED' });
}

export async function endTotp(): Promise<void> {
  await updateMFAPreference({ totp: 'DISABLED' });
}

export async function hasTotp(): Promise<boolean> {
  const { enabled } = await fetchMFAPreference();
  return enabled?.includes('TOTP') ?? false;
}
