import { ApiProperty } from '@nestjs/swagger';
import { type HistoryEntry } from '../history/history-entry.js';
import { naiveUtc } from '../shared/naive-time.js';

const text = (example: string | null) => ({ type: String, nullable: true, example });

export class ShipHistoryView {
  @ApiProperty({ example: 'exec-0123456789ab' })
  id!: string;

  @ApiProperty({ example: 'my-session' })
  session_id!: string;

  @ApiProperty({ example: '01234567-89ab-4cde-8f01-23456789abcd' })
  ship_id!: string;

  @ApiProperty({ example: 'shell' })
  exec_type!: string;

  @ApiProperty({ description: 'Code or command.', example: 'ls -la' })
  code!: string;

  @ApiProperty({ ...text('ls -la'), description: 'Of a shell command, the same again.' })
  command!: string | null;

  @ApiProperty({ description: 'The code or command worked.' })
  success!: boolean;

  @ApiProperty({ example: 12 })
  execution_time_ms!: number;

  @ApiProperty(text('total 0'))
  output!: string | null;

  @ApiProperty(text(null))
  error!: string | null;

  @ApiProperty(text(null))
  description!: string | null;

  @ApiProperty(text('etl,daily'))
  tags!: string | null;

  @ApiProperty(text(null))
  notes!: string | null;

  @ApiProperty({ example: '2026-11-22T17:00:49.654000', description: 'UTC without a zone.' })
  created_at!: string;
}

export class ShipHistoryListView {
  @ApiProperty({ type: [ShipHistoryView] })
  entries!: ShipHistoryView[];

  @ApiProperty({ description: 'Of all that fit, not of this page.', example: 1 })
  total!: number;
}

export const shipHistoryView = (entry: HistoryEntry, sessionId: string, shipId: string): ShipHistoryView => ({
  id: entry.publicId,
  session_id: sessionId,
  ship_id: shipId,
  exec_type: entry.execType,
  code: entry.code,
  command: entry.execType === 'shell' ? entry.code : null,
  success: entry.success,
  execution_time_ms: entry.executionTimeMs,
  output: entry.output,
  error: entry.error,
  description: entry.description,
  tags: entry.tags,
  notes: entry.notes,
  created_at: naiveUtc(entry.createdAt),
});
