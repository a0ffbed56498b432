/** What is said about long requests that are on their way. */
export const words = {
  waiting: 'Under way',
  began: (what: string) => `${what}: under way.`,
  keyHint: 'X cancels it.',
  far: (done: string, total: string) => `${done} of ${total}`,
  share: (what: string, share: number) => `${what}: ${Math.round(share * 100)} percent`,
  cancel: 'Cancel',
  cancelIt: (what: string) => `Cancel: ${what}`,
  cancelling: 'Cancelling …',
  done: (what: string) => `${what}: done`,
  cancelled: (what: string) => `${what}: cancelled`,
  failed: (what: string, why: string) => `${what}: ${why}`,
} as const;
