export const suppressions = {} as const;
