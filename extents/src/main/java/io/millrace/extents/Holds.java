package io.millrace.extents;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Second names (hard links) of volumes for somebody who copies them while the server goes on. While
 * a hold is made no volume is deleted without getting its second name first; afterwards the names
 * alone keep the bytes: deleting, compacting and reclaiming go on, only the space of what they
 * delete comes back when the hold ends.
 *
 * <p>Serving goes before copying: when a disk has no room left, every hold is given up, and who
 * copied has to begin again, unless nothing was deleted since, so that this would help nobody.
 * Thread-safe.
 */
final class Holds {
    private static final Logger LOG = LoggerFactory.getLogger(Holds.class);
    private static final String PREFIX = "hold-";
    private static final List<String> SMALL =
            List.of(IdentityFiles.IDENTITY, IdentityFiles.STARTS, Volumes.NUMBERS_FILE);

    private final List<Disk> disks;
    private final Map<Long, Volume> all;
    private final Set<String> alive = new HashSet<>();
    private @Nullable String making;

    /** Whether room would come back if the holds ended. */
    private boolean keepsDeleted;

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
        alive.add(name);
    }

    private synchronized void end() {
        making = null;
        kept.clear();
    }

    /**
     * Takes a volume out of the list before its file is deleted; in one step with its second name,
     * so that whatever {@link #links} finds in the list has its file still.
     */
    synchronized void remove(Volume volume) throws IOException {
        if (making != null) {
            volume.disk.link(volume.fileName, PREFIX + making);
            kept.add(volume);
        }
        keepsDeleted |= !alive.isEmpty();
        volume.deleted = true;
        all.remove(volume.number);
    }

    private synchronized List<HeldVolumes> links(String name) throws IOException {
        if (!alive.contains(name)) {
            throw new ExtentsException(
                    ExtentsException.Code.DISK_FULL, "the disk has no room for a hold");
        }
        String folder = PREFIX + name;
        Map<Long, Volume> both = new TreeMap<>(all);
        kept.forEach(v -> both.put(v.number, v));
        List<HeldVolumes> held = new ArrayList<>();
        for (Disk disk : disks) {
            List<HeldVolumes.Held> volumes = new ArrayList<>();
            for (Volume volume : both.values()) {
                if (volume.disk.equals(disk)) {
                    disk.link(volume.fileName, folder);
                    boolean sealed = volume.sealed;
                    volumes.add(new HeldVolumes.Held(volume.fileName, volume.tail, sealed));
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

    /** False when it was released or given up. */
    synchronized boolean alive(String name) {
        return alive.contains(name);
    }

    synchronized void release(String name) throws IOException {
        alive.remove(name);
        keepsDeleted &= !alive.isEmpty();
        for (Disk disk : disks) {
            disk.removeFolder(PREFIX + name);
        }
    }

    /** Gives every hold up if that gives room back; true when it does. */
    synchronized boolean giveUp() {
        if (!keepsDeleted) {
            return false;
        }
        for (String name : List.copyOf(alive)) {
            LOG.warn("The disk is full: hold {} is given up, its backup has to begin again", name);
            try {
                release(name);
            } catch (IOException e) {
                LOG.warn("Second names of hold {} stay until the next start", name, e);
            }
        }
        return true;
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
