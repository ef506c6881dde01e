import { publicId } from '../shared/ids.js';
import { naiveUtc } from '../shared/naive-time.js';
import { type HistoryEntry } from './history-entry.js';
import { type HistoryEntryView } from './history.dto.js';

export const historyView = (entry: HistoryEntry): HistoryEntryView => ({
  id: entry.publicId,
  sandbox_id: entry.sandboxId,
  session_id: entry.sessionId && publicId('sess', entry.sessionId),
  exec_type: entry.execType,
  code: entry.code,
  success: entry.success,
  execution_time_ms: entry.executionTimeMs,
  output: entry.output,
  error: entry.error,
  payload_ref: entry.payloadRef,
  description: entry.description,
  tags: entry.tags,
  notes: entry.notes,
  learn_enabled: false,
  learn_status: null,
  learn_error: null,
  learn_processed_at: null,
  created_at: naiveUtc(entry.createdAt),
});
