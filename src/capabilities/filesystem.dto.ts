import { ApiProperty } from '@nestjs/swagger';
import { TextField } from '../http/fields.js';

const MAX_PATH = 4_096;

export class FilePathQuery {
  @TextField({ maxLength: MAX_PATH, description: 'Relative to the workspace.', example: 'data/table.csv' })
  path!: string;
}

export class DirectoryPathQuery {
  @TextField({ optional: true, maxLength: MAX_PATH, default: '.', description: 'Relative to the workspace.' })
  path = '.';
}

export class WriteFileDto extends FilePathQuery {
  @TextField({ description: 'The new content, as text.', example: 'hello' })
  content!: string;
}

export class FileContentView {
  @ApiProperty({ example: 'hello' })
  content!: string;
}

export class DirectoryEntryView {
  @ApiProperty({ example: 'table.csv' })
  name!: string;

  @ApiProperty({ example: '/workspace/data/table.csv' })
  path!: string;

  @ApiProperty()
  is_file!: boolean;

  @ApiProperty()
  is_dir!: boolean;

  @ApiProperty({ type: Number, nullable: true, description: 'Bytes; null for directories.' })
  size!: number | null;

  @ApiProperty({ description: 'Seconds since the epoch.', example: 1763830849.65 })
  modified_time!: number;
}

export class DirectoryView {
  @ApiProperty({ type: [DirectoryEntryView], description: 'Directories first; hidden ones are left out.' })
  entries!: DirectoryEntryView[];

  @ApiProperty({ description: 'There were more entries than one listing holds.' })
  truncated!: boolean;
}

export class UploadView {
  @ApiProperty({ example: 'ok' })
  status!: string;

  @ApiProperty({ example: 'data/table.csv' })
  path!: string;

  @ApiProperty({ description: 'Bytes.', example: 1024 })
  size!: number;
}
