import { type NextFunction, type Request, type Response } from 'express';

const OLDER = /^\/api(?=\/(?:ships?|sessions|stat|health)(?:[/?]|$))/;

/** The older dashboard asks for the same routes below `/api`. */
export function dropApiPrefix(request: Request, _response: Response, next: NextFunction): void {
  request.url = request.url.replace(OLDER, '');
  next();
}
