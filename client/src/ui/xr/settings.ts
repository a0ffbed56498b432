import { CHOICES, recallComfort, rememberComfort, type Comfort } from '../../net/comfort.ts';
import { el, openDialog } from '../dom.ts';
import { say as common } from '../strings.ts';
import { say } from './strings.ts';

type Choice = keyof typeof CHOICES;

const WORDS: Record<Choice, [string, Record<string, string>]> = {
  hand: [say.hand, say.hands],
  moving: [say.moving, say.movings],
  turning: [say.turning, say.turnings],
};

/** Lets one choose how to be in a headset; each choice is kept at once. */
export function openSettings(changed: (comfort: Comfort) => void): void {
  const comfort = recallComfort();
  const kept = () => {
    rememberComfort(comfort);
    changed(comfort);
  };
  const choose = <Name extends Choice>(name: Name) => {
    const [title, words] = WORDS[name];
    const values: readonly Comfort[Name][] = CHOICES[name] as never;
    const option = (value: string) => el('option', { value }, words[value]!);
    const select = el('select', {}, ...values.map(option));
    select.value = comfort[name];
    select.onchange = () => {
      comfort[name] = values[select.selectedIndex]!;
      kept();
    };
    return el('label', {}, title, select);
  };
  const tick = (name: 'seated' | 'oneHanded' | 'vignette') => {
    const box = el('input', { type: 'checkbox', checked: comfort[name] });
    box.onchange = () => {
      comfort[name] = box.checked;
      kept();
    };
    return el('label', { class: 'tick' }, box, say[name]);
  };
  openDialog(
    say.settings,
    common.close,
    el(
      'div',
      { class: 'comfort' },
      el('p', {}, say.hint),
      choose('hand'),
      choose('moving'),
      choose('turning'),
      tick('seated'),
      tick('oneHanded'),
      tick('vignette'),
    ),
  );
}
