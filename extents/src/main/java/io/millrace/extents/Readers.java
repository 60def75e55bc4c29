package io.millrace.extents;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Open files for reading, the least used closed first. Thread-safe. */
final class Readers {
    private static final int MOST_OPEN = 256;

    private final Map<Long, DiskFile> open = new LinkedHashMap<>(16, 0.75f, true);

    synchronized DiskFile of(Volume volume) throws IOException {
        DiskFile file = open.get(volume.number);
        if (file == null) {
            file = volume.disk.open(volume.fileName, false);
            open.put(volume.number, file);
            if (open.size() > MOST_OPEN) {
                Map.Entry<Long, DiskFile> eldest = open.entrySet().iterator().next();
                open.remove(eldest.getKey());
                eldest.getValue().close();
            }
        }
        return file;
    }

    synchronized void close(Volume volume) throws IOException {
        DiskFile file = open.remove(volume.number);
        if (file != null) {
            file.close();
        }
    }

    synchronized void closeAll() throws IOException {
        for (DiskFile file : open.values()) {
            file.close();
        }
        open.clear();
    }
}
