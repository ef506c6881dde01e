import { BoolField, IntField, TextField } from '../../http/fields.js';

const PATH = { maxLength: 4_096 };
const ENCODING = { nullable: true, maxLength: 32 };

export class CreateFilePayload {
  @TextField(PATH)
  path!: string;

  @TextField({ nullable: true })
  content: string | null = null;

  @IntField({ nullable: true, min: 0, max: 0o777 })
  mode: number | null = null;
}

export class ReadFilePayload {
  @TextField(PATH)
  path!: string;

  @TextField(ENCODING)
  encoding: string | null = null;

  /** The first line, counted from 1. */
  @IntField({ nullable: true })
  offset: number | null = null;

  /** How many lines. */
  @IntField({ nullable: true })
  limit: number | null = null;
}

export class WriteFilePayload {
  @TextField(PATH)
  path!: string;

  @TextField()
  content!: string;

  /** `w` replaces, anything else adds to the end. */
  @TextField({ nullable: true, maxLength: 8 })
  mode: string | null = null;

  @TextField(ENCODING)
  encoding: string | null = null;
}

export class EditFilePayload {
  @TextField(PATH)
  path!: string;

  @TextField()
  old_string!: string;

  @TextField()
  new_string!: string;

  @BoolField({ nullable: true })
  replace_all = false;

  @TextField(ENCODING)
  encoding: string | null = null;
}

export class DeleteFilePayload {
  @TextField(PATH)
  path!: string;
}

export class ListDirectoryPayload {
  @TextField({ ...PATH, nullable: true })
  path: string | null = null;

  @BoolField({ nullable: true })
  show_hidden = false;
}
