import { BayError } from '../../shared/errors.js';

/** Python's names of what can be written, as Node knows them. */
const WRITTEN: Readonly<Record<string, BufferEncoding>> = {
  utf8: 'utf8',
  ascii: 'ascii',
  usascii: 'ascii',
  latin1: 'latin1',
  iso88591: 'latin1',
  utf16le: 'utf16le',
};

const keyOf = (encoding: string): string => encoding.toLowerCase().replace(/[-_ ]/g, '');

/** Throws `validation_error` for an encoding that is not known, and for bytes that are none of its text. */
export function decode(bytes: Buffer, encoding: string | null): string {
  const key = keyOf(encoding ?? 'utf-8');
  // The web calls another encoding by this name.
  if (WRITTEN[key] === 'latin1') return bytes.toString('latin1');
  try {
    return new TextDecoder(key === 'utf8' ? 'utf-8' : (encoding ?? 'utf-8'), { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch (cause) {
    const isUnknown = cause instanceof RangeError;
    const message = isUnknown ? `unknown encoding: ${encoding}` : `the file is no ${encoding ?? 'utf-8'} text`;
    throw new BayError('validation_error', message, { cause });
  }
}

/** Throws `validation_error` for an encoding that cannot be written, and for text that it has no bytes for. */
export function encode(text: string, encoding: string | null): Buffer {
  const name = WRITTEN[keyOf(encoding ?? 'utf-8')];
  if (!name) throw new BayError('validation_error', `cannot write the encoding ${encoding}: use utf-8`);
  const bytes = Buffer.from(text, name);
  if (name !== 'utf8' && bytes.toString(name) !== text) {
    throw new BayError('validation_error', `the content cannot be written in ${encoding}`);
  }
  return bytes;
}
