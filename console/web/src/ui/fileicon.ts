/** The picture for an object, by its name's ending. */
import type { IconName } from './icons';

export function iconFor(key: string): IconName {
  if (/\.(jpe?g|png|gif|webp|avif|heic|tiff?|svg|bmp)$/i.test(key)) return 'image';
  if (/\.(mp4|m4v|mov|mkv|webm|ts|flv|m4s|m3u8)$/i.test(key)) return 'video';
  return 'file';
}
