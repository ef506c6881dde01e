import { type HistoryQuery } from './history.dto.js';
import { type HistoryFilter } from './history.repository.js';

/** More than these are not looked for: each is a condition of its own. */
const MOST_TAGS = 32;

export const filterOf = (sandboxId: string | null, query: HistoryQuery): HistoryFilter => ({
  sandboxId,
  execType: query.exec_type ?? null,
  successOnly: query.success_only,
  tags: wordsOf(query.tags),
  hasNotes: query.has_notes,
  hasDescription: query.has_description,
});

const wordsOf = (tags = ''): string[] =>
  tags
    .split(',')
    .map((tag) => tag.trim())
    .filter(Boolean)
    .slice(0, MOST_TAGS);
