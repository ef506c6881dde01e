import * as v from 'valibot';

/**
 * Files of the workspace. `path` is relative to it (an absolute path inside it is accepted); symlinks that lead out of
 * it are refused.
 *
 * - `GET /files?path=`: the bytes, streamed, with `Content-Length`
 * - `PUT /files?path=`: the body becomes the file; parents are made; written beside it and renamed, so that a cut-off
 *   upload leaves the old file as it was. Answers {@link FileWritten}. `mode=<decimal>` sets its permissions; `append=1`
 *   adds to the end instead, and the size answered is the whole file's
 * - `DELETE /files?path=`: file, or directory with all in it. 204
 * - `GET /directories?path=&hidden=0`: {@link DirectoryListing}
 * - `POST /uploads`: the body goes to a temporary file of the workspace's file system. Answers {@link UploadCreated}
 * - `PUT /uploads/{id}?path=`: renames it into place. Answers {@link FileWritten}
 * - `DELETE /uploads/{id}`: drops it. 204, also when it is gone
 */
export const FileWritten = v.object({ path: v.string(), size: v.number() });
export type FileWritten = v.InferOutput<typeof FileWritten>;

export const UploadCreated = v.object({ id: v.string(), size: v.number() });
export type UploadCreated = v.InferOutput<typeof UploadCreated>;

export const DirectoryEntry = v.object({
  name: v.string(),
  /** Absolute, under the workspace's mount path. */
  path: v.string(),
  is_file: v.boolean(),
  is_dir: v.boolean(),
  /** Bytes; null for directories. */
  size: v.nullable(v.number()),
  /** Seconds since the epoch, with a fraction. */
  modified_time: v.number(),
});
export type DirectoryEntry = v.InferOutput<typeof DirectoryEntry>;

/** The most entries one listing holds; what lies beyond is cut and `truncated` says so. */
export const MAX_DIRECTORY_ENTRIES = 10_000;

export const DirectoryListing = v.object({ entries: v.array(DirectoryEntry), truncated: v.boolean() });
export type DirectoryListing = v.InferOutput<typeof DirectoryListing>;
