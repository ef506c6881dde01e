import { Injectable } from '@nestjs/common';
import { FilesService } from '../../capabilities/files.service.js';
import { parseDto } from '../../http/validation.js';
import { BayError } from '../../shared/errors.js';
import {
  CreateFilePayload,
  DeleteFilePayload,
  EditFilePayload,
  ListDirectoryPayload,
  ReadFilePayload,
  WriteFilePayload,
} from './file-operations.dto.js';
import { type Operation } from './operation.js';
import { shipPath, shownPath } from './ship-path.js';
import { decode, encode } from './text-encoding.js';

const DEFAULT_MODE = 0o644;

/** `fs/*`: files of the ship's workspace in the older API's words. */
@Injectable()
export class FileOperations {
  constructor(private readonly files: FilesService) {}

  readonly create: Operation = async ({ sandbox, sessionId, payload }) => {
    const body = parseDto(CreateFilePayload, payload, 'body');
    const path = shipPath(body.path, sessionId);
    await this.files.write(sandbox, path, body.content ?? '', { mode: body.mode ?? DEFAULT_MODE });
    return { data: { success: true, message: 'File created successfully', path: shownPath(path) } };
  };

  readonly read: Operation = async ({ sandbox, sessionId, payload }) => {
    const body = parseDto(ReadFilePayload, payload, 'body');
    const path = shipPath(body.path, sessionId);
    const bytes = await this.files.readBytes(sandbox, path);
    const content = linesOf(decode(bytes, body.encoding), body);
    return { data: { success: true, content, path: shownPath(path), size: bytes.length } };
  };

  readonly write: Operation = async ({ sandbox, sessionId, payload }) => {
    const body = parseDto(WriteFilePayload, payload, 'body');
    const path = shipPath(body.path, sessionId);
    const append = (body.mode ?? 'w') !== 'w';
    const { size } = await this.files.write(sandbox, path, encode(body.content, body.encoding), { append });
    return { data: { success: true, message: 'File written successfully', path: shownPath(path), size } };
  };

  /** Reads, replaces and writes the whole file: of two edits at the same moment the later one stays. */
  readonly edit: Operation = async ({ sandbox, sessionId, payload }) => {
    const body = parseDto(EditFilePayload, payload, 'body');
    const path = shipPath(body.path, sessionId);
    const text = decode(await this.files.readBytes(sandbox, path), body.encoding);
    const { edited, replacements } = replace(text, body);
    const { size } = await this.files.write(sandbox, path, encode(edited, body.encoding), {});
    const data = { success: true, message: 'File edited successfully', path: shownPath(path), replacements, size };
    return { data, aliases: { replacements } };
  };

  readonly delete: Operation = async ({ sandbox, sessionId, payload }) => {
    const path = shipPath(parseDto(DeleteFilePayload, payload, 'body').path, sessionId);
    await this.files.delete(sandbox, path);
    return { data: { success: true, message: `Deleted ${shownPath(path)}` } };
  };

  readonly list: Operation = async ({ sandbox, sessionId, payload }) => {
    const body = parseDto(ListDirectoryPayload, payload, 'body');
    const path = shipPath(body.path ?? '.', sessionId);
    const { entries: files, truncated } = await this.files.list(sandbox, path, { hidden: body.show_hidden });
    const entries = files.map((file) => ({ ...file, type: file.is_dir ? 'directory' : 'file' }));
    return { data: { success: true, files, current_path: shownPath(path), entries, truncated } };
  };
}

/** `offset` of 0 and less is the start; behind the end there is nothing. */
function linesOf(text: string, { offset, limit }: ReadFilePayload): string {
  if (offset === null && limit === null) return text;
  const lines = text.split(/(?<=\n)/);
  const first = Math.max((offset ?? 1) - 1, 0);
  return lines.slice(first, limit === null ? undefined : first + Math.max(limit, 0)).join('');
}

function replace(text: string, edit: EditFilePayload): { edited: string; replacements: number } {
  const { old_string: from, new_string: to, replace_all: isAll } = edit;
  if (from === to) throw new BayError('validation_error', 'old_string and new_string are the same');
  if (from === '') throw new BayError('validation_error', 'old_string must not be empty');
  const parts = text.split(from);
  const found = parts.length - 1;
  if (found === 0) throw new BayError('validation_error', 'old_string was not found in the file');
  if (found > 1 && !isAll) {
    throw new BayError(
      'validation_error',
      `old_string was found ${found} times in the file: make it unique, or set replace_all`,
    );
  }
  return { edited: parts.join(to), replacements: found };
}
