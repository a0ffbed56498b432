/** Leads to the sign-in of the organisation whose server this is. */
export const goToOrganisation = (then: string) =>
  location.assign(`/api/auth/oidc?then=${encodeURIComponent(then)}`);
