/** Texts with merge fields, `Hello {{first_name|there}}`: the API's own grammar (crates/domain/src/script.rs). */
export type Part = { kind: 'text'; text: string } | { kind: 'field'; name: string; fallback: string };

export type TemplateFault = 'empty' | 'tooLong' | 'unclosed' | 'unknownField';

export const TEMPLATE_CHARS_MAX = 3_000;
export const MERGE_FIELDS = ['first_name', 'last_name', 'name', 'company'] as const;

export interface Parsed {
  parts: Part[];
  fault: TemplateFault | null;
  /** The field that is not known. */
  field?: string;
}

export function parseTemplate(source: string): Parsed {
  if (source.trim() === '') {
    return { parts: [], fault: 'empty' };
  }
  if ([...source].length > TEMPLATE_CHARS_MAX) {
    return { parts: [], fault: 'tooLong' };
  }
  const parts: Part[] = [];
  let rest = source;
  for (let open = rest.indexOf('{{'); open >= 0; open = rest.indexOf('{{')) {
    const close = rest.indexOf('}}', open + 2);
    if (close < 0) {
      return { parts, fault: 'unclosed' };
    }
    const inside = rest.slice(open + 2, close);
    const bar = inside.indexOf('|');
    const name = (bar < 0 ? inside : inside.slice(0, bar)).trim();
    const known = MERGE_FIELDS.some((field) => field === name) || (name.startsWith('custom.') && name.length > 'custom.'.length);
    if (!known) {
      return { parts, fault: 'unknownField', field: name };
    }
    if (open > 0) {
      parts.push({ kind: 'text', text: rest.slice(0, open) });
    }
    parts.push({ kind: 'field', name, fallback: bar < 0 ? '' : inside.slice(bar + 1).trim() });
    rest = rest.slice(close + 2);
  }
  if (rest !== '') {
    parts.push({ kind: 'text', text: rest });
  }
  return { parts, fault: null };
}

export type Values = Readonly<Record<string, string>>;

export const valueOf = (part: Extract<Part, { kind: 'field' }>, values: Values): string => values[part.name]?.trim() || part.fallback;

/** What is said to one contact; a text that is not well-formed yet, as it stands. */
export function render(source: string, values: Values): string {
  const { parts, fault } = parseTemplate(source);
  return fault ? source : parts.map((part) => (part.kind === 'text' ? part.text : valueOf(part, values))).join('');
}

/** Every merge field of the texts, each once, in order. */
export function fieldsOf(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => parseTemplate(text).parts.flatMap((part) => (part.kind === 'field' ? [part.name] : [])));
  return [...new Set(names)];
}

/** Neural voices speak about fifteen characters a second. */
const CHARACTERS_A_SECOND = 15;

export const spokenSeconds = (text: string): number => Math.max(1, Math.round([...text].length / CHARACTERS_A_SECOND));
