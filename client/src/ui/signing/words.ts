// What the page says to whom another page of this server sent to sign in.

export const words = {
  title: 'Sign in',
  why: 'Sign in, and you are led back to what the program asks of you.',
  signIn: 'Sign in by a passkey',
  none: 'No account yet? Keep the one that you have in this browser, by a passkey.',
} as const;
