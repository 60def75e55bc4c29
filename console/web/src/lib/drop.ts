/** Files that were dropped: also those in folders, with their paths. */
import { useEffect, useRef, useState } from 'preact/hooks';

const MOST = 10_000;

export interface Dropped {
  file: File;
  /** Its place below what was dropped: empty, or ending in a slash. */
  folder: string;
}

/** All files of a drop. Fails with what to tell when there are none, or too many. */
async function filesOf(transfer: DataTransfer): Promise<Dropped[]> {
  const entries = [...transfer.items].map((i) => (i.kind === 'file' ? i.webkitGetAsEntry() : null)).filter((e) => e !== null);
  const plain = [...transfer.files];
  const found: Dropped[] = [];
  if (entries.length === 0) plain.forEach((file) => found.push({ file, folder: '' }));
  for (const entry of entries) await walk(entry, '', found);
  if (found.length === 0) throw { message: 'There is no file in what was dropped.', hint: 'Drop files or folders that hold some; text and links can’t be uploaded.' };
  return found;
}

async function walk(entry: FileSystemEntry, folder: string, found: Dropped[]): Promise<void> {
  if (found.length >= MOST) throw { message: `That is more than ${MOST} files.`, hint: 'Drop smaller folders, or use an S3 client: rclone or s3cmd.' };
  if (entry.isFile) {
    const file = await new Promise<File>((ok, fail) => (entry as FileSystemFileEntry).file(ok, fail));
    found.push({ file, folder });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((ok, fail) => reader.readEntries(ok, fail)); // a hundred at a time
    if (some.length === 0) return;
    for (const inner of some) await walk(inner, `${folder}${entry.name}/`, found);
  }
}

/** Takes what is dropped anywhere on the window; answers whether something hovers over it. */
export function useDrop(take: (dropped: Dropped[]) => void, refuse: (why: unknown) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef({ take, refuse });
  latest.current = { take, refuse };
  useEffect(() => {
    const drag = (e: DragEvent) => {
      e.preventDefault();
      setOver(true);
    };
    const leave = (e: DragEvent) => e.relatedTarget === null && setOver(false);
    const drop = (e: DragEvent) => {
      e.preventDefault();
      setOver(false);
      if (e.dataTransfer) filesOf(e.dataTransfer).then(latest.current.take, latest.current.refuse);
    };
    addEventListener('dragover', drag);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', drag);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return over;
}
