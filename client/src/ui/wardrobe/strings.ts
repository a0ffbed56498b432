// What the wardrobe says of a body of one's own.

/** A VRM's licence as the server read it. */
export interface Licence {
  name: string;
  authors: string[];
  wearer: 'everyone' | 'licensed' | 'author';
  violent: boolean;
  sexual: boolean;
  commercial: 'no' | 'personal' | 'corporate';
  credit: boolean | null;
  redistribution: string;
  modification: string;
  licence: string;
  url: string;
  more_url: string;
}

export const words = {
  tab: 'Your own (VRM)',
  about:
    'A body of your own, as a VRM file (0.x or 1.0). Others see you in it; the figure stands in' +
    ' while it comes, and where drawing is slow.',
  choose: 'Choose a VRM file',
  sending: (share: number) => `Sending: ${Math.round(share * 100)} %`,
  checking: 'It is being checked',
  ready: (name: string) => `${name} fits: press Done to wear it`,
  unnamed: 'Your body',
  wearing: 'You wear a body of your own',
  allowed: 'I am its author, or allowed to wear it',
  back: 'Back to the figure',
  isBack: 'The figure it is, when you press Done',
  licence: 'Its licence',
} as const;

const WEARERS: Record<Licence['wearer'], string> = {
  everyone: 'Everyone may wear it',
  licensed: 'Whom its author allowed it may wear it',
  author: 'Its author alone may wear it',
};
const PROFIT: Record<Licence['commercial'], string> = {
  no: 'Not for profit',
  personal: 'A person may profit from it',
  corporate: 'Companies may profit from it',
};
const CHANGES: Record<string, string> = {
  no: 'Not to be changed',
  yes: 'It may be changed',
  shared: 'It may be changed and passed on',
};

/** What a licence says, line by line; what it does not say is left out. */
export function linesOf(licence: Licence): string[] {
  const { authors, credit, redistribution, modification } = licence;
  return [
    authors.length > 0 && `By ${authors.join(', ')}`,
    WEARERS[licence.wearer],
    PROFIT[licence.commercial],
    licence.violent ? 'Violent scenes are allowed' : 'No violent scenes',
    licence.sexual ? 'Sexual scenes are allowed' : 'No sexual scenes',
    credit === true && 'Its author is to be named',
    redistribution !== '' &&
      (redistribution === 'yes' ? 'The file may be passed on' : 'The file is not to be passed on'),
    CHANGES[modification],
    licence.licence,
  ].filter((line): line is string => Boolean(line));
}
