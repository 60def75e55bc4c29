package io.millrace.extents;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Second names of volumes for somebody who copies them while the server goes on. While a hold is
 * made no volume is deleted without getting its second name first; afterwards the names alone keep
 * the bytes. Thread-safe.
 */
final class Holds {
    private static final String PREFIX = "hold-";
    private static final List<String> SMALL =
            List.of(IdentityFiles.IDENTITY, IdentityFiles.STARTS, Volumes.NUMBERS_FILE);

    private final List<Disk> disks;
    private final Map<Long, Volume> all;
    private @Nullable String making;

    /** Deleted while the hold was made. */
    private final List<Volume> kept = new ArrayList<>();

    Holds(List<Disk> disks, Map<Long, Volume> all) {
        this.disks = disks;
        this.all = all;
    }

    List<HeldVolumes> hold(String name, Runnable meanwhile) throws IOException {
        begin(name);
        try {
            meanwhile.run();
            return links(name);
        } finally {
            end();
        }
    }

    private synchronized void begin(String name) {
        if (making != null || !name.matches("[a-z0-9]{1,64}")) {
            throw new ExtentsException(
                    ExtentsException.Code.BUSY, "another hold of the volumes is being made");
        }
        making = name;
    }

    private synchronized void end() {
        making = null;
        kept.clear();
    }

    /** Called before a volume's file is deleted. */
    synchronized void keep(Volume volume) throws IOException {
        if (making != null) {
            volume.disk.link(volume.fileName, PREFIX + making);
            kept.add(volume);
        }
    }

    private synchronized List<HeldVolumes> links(String name) throws IOException {
        String folder = PREFIX + name;
        Map<Long, Volume> both = new TreeMap<>(all);
        kept.forEach(v -> both.put(v.number, v));
        List<HeldVolumes> held = new ArrayList<>();
        for (Disk disk : disks) {
            List<HeldVolumes.Held> volumes = new ArrayList<>();
            for (Volume volume : both.values()) {
                if (volume.disk.equals(disk)) {
                    if (!kept.contains(volume)) {
                        disk.link(volume.fileName, folder);
                    }
                    VolumeInfo info = volume.info();
                    long bytes = info.sealed() ? info.sizeBytes() : volume.tail;
                    volumes.add(new HeldVolumes.Held(volume.fileName, bytes, info.sealed()));
                }
            }
            held.add(new HeldVolumes(Path.of(disk.name(), folder), volumes, small(disk)));
        }
        return held;
    }

    private static List<HeldVolumes.Small> small(Disk disk) throws IOException {
        List<HeldVolumes.Small> files = new ArrayList<>();
        for (String name : SMALL) {
            byte[] bytes = disk.readSmall(name);
            if (bytes.length > 0) {
                files.add(new HeldVolumes.Small(name, bytes));
            }
        }
        return files;
    }

    void release(String name) throws IOException {
        for (Disk disk : disks) {
            disk.removeFolder(PREFIX + name);
        }
    }

    /** At the start: nobody copies any more what an earlier run held. */
    void releaseAll() throws IOException {
        for (Disk disk : disks) {
            for (String name : disk.list()) {
                if (name.startsWith(PREFIX)) {
                    disk.removeFolder(name.split("/", 2)[0]);
                }
            }
        }
    }
}
