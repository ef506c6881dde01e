import { BayError } from '../shared/errors.js';
import { pathInside, workspacePath } from './workspace-path.js';

const detailsOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error instanceof BayError ? { code: error.code, ...error.details } : error;
  }
  return 'accepted';
};

describe('a path of a client', () => {
  it.each([
    ['a.txt', 'a.txt'],
    ['./a/b/../c', 'a/c'],
    ['a//b/', 'a/b'],
    ['.', '.'],
    ['a/..', '.'],
    ['..a', '..a'],
    ['名前/ü', '名前/ü'],
  ])('%j is normalised to %j', (given, expected) => {
    expect(workspacePath(given)).toBe(expected);
  });

  it.each([
    ['', 'empty_path'],
    ['a\0b', 'null_byte'],
    ['/etc/passwd', 'absolute_path'],
    ['..', 'path_traversal'],
    ['a/../../b', 'path_traversal'],
  ])('%j is refused as %s, naming the field', (given, reason) => {
    expect(detailsOf(() => workspacePath(given, 'cwd'))).toEqual({ code: 'invalid_path', field: 'cwd', reason });
  });

  it.each(['.', './', 'a/..'])('%j is refused where the workspace itself may not be touched', (given) => {
    expect(detailsOf(() => pathInside(given))).toEqual({
      code: 'invalid_path',
      field: 'path',
      reason: 'workspace_root',
    });
  });
});
