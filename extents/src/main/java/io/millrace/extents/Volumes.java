package io.millrace.extents;

import io.millrace.kit.DiskSpace;
import io.millrace.kit.MonotonicClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All volumes on all disks: finding them at the start, numbering new ones, free space, and the one
 * failure that stops everything. Thread-safe where it says so.
 */
final class Volumes {
    private static final Logger LOG = LoggerFactory.getLogger(Volumes.class);
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    static final String NUMBERS_FILE = "volumes.next";
    private static final int NUMBERS_AT_ONCE = 64;
    private static final int NUMBERS_BYTES = 16;

    private static final int NUMBERS_VERSION = 1;

    private final ExtentsException withoutMemory =
            new ExtentsException(
                    ExtentsException.Code.FAILED,
                    "the volumes' thread ran out of memory, so nothing more is acknowledged: start"
                            + " again");
    private final ExtentsException closedForGood =
            new ExtentsException(ExtentsException.Code.CLOSED, "the extents are closed");
    private final List<Disk> disks;
    private final Identity identity;
    private final Map<Disk, DiskSpace> spaces = new LinkedHashMap<>();
    private final ExtentsOptions options;
    private final Map<Long, Volume> all = new ConcurrentSkipListMap<>();
    private final Readers readers = new Readers();
    private final Holds holds;
    private long nextNumber = 1;
    private long reservedNumbers = 1;
    private volatile @Nullable ExtentsException failure;
    private volatile boolean closed;
    private volatile LongConsumer flushes = _ -> {};

    Volumes(List<Disk> disks, ExtentsOptions options) throws IOException {
        this.disks = disks;
        this.identity = Identity.of(disks);
        this.options = options;
        for (Disk disk : disks) {
            spaces.put(disk, space(disk, options));
        }
        this.holds = new Holds(disks, all);
    }

    ExtentsOptions options() {
        return options;
    }

    void onFlush(LongConsumer observer) {
        flushes = observer;
    }

    /** What was written to the volume is on its disk when this returns. */
    void flush(Volume volume) throws IOException {
        long start = CLOCK.nanos();
        volume.writing().sync();
        flushes.accept(CLOCK.nanos() - start);
        volume.dirty = false;
    }

    Identity identity() {
        return identity;
    }

    Holds holds() {
        return holds;
    }

    /** Finds what earlier runs left; returns the volumes that can take more extents. */
    List<Volume> recover() throws IOException {
        List<Volume> unsealed = new ArrayList<>();
        holds.releaseAll();
        for (Disk disk : disks) {
            nextNumber = Math.max(nextNumber, readNumbers(disk));
            for (String name : disk.list()) {
                if (Identity.VOLUME_FILE.matcher(name).matches()) {
                    Volume volume = Recovery.open(disk, name, identity, options);
                    if (volume != null) {
                        register(volume);
                        if (!volume.sealed) {
                            unsealed.add(volume);
                        }
                    }
                }
            }
        }
        for (long number : all.keySet()) {
            nextNumber = Math.max(nextNumber, number + 1);
        }
        reservedNumbers = nextNumber;
        return unsealed;
    }

    private void register(Volume volume) {
        if (all.putIfAbsent(volume.number, volume) != null) {
            throw new ExtentsException(
                    ExtentsException.Code.CORRUPT,
                    "volume "
                            + volume.number
                            + " lies in two directories ("
                            + volume.disk.name()
                            + " is one): remove the copy");
        }
    }

    private static long readNumbers(Disk disk) throws IOException {
        byte[] bytes = disk.readSmall(NUMBERS_FILE);
        if (bytes.length == 0) {
            return 1;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int end = bytes.length - 4;
        // The checksum first: a flipped bit in the version is damage, no newer program.
        if (end < 4 || in.getInt(end) != VolumeFormat.crcOf(bytes, 0, end)) {
            throw new ExtentsException(
                    ExtentsException.Code.CORRUPT,
                    NUMBERS_FILE + " in " + disk.name() + " is damaged: its checksum differs");
        }
        int version = in.getInt();
        if (version != NUMBERS_VERSION || bytes.length != NUMBERS_BYTES) {
            throw new ExtentsException(
                    ExtentsException.Code.FORMAT,
                    NUMBERS_FILE
                            + " in "
                            + disk.name()
                            + " has format version "
                            + version
                            + ", this program knows "
                            + NUMBERS_VERSION);
        }
        return in.getLong();
    }

    private synchronized long number() throws IOException {
        if (nextNumber >= reservedNumbers) {
            reservedNumbers = nextNumber + NUMBERS_AT_ONCE;
            ByteBuffer out = ByteBuffer.allocate(NUMBERS_BYTES);
            out.putInt(NUMBERS_VERSION).putLong(reservedNumbers);
            out.putInt(VolumeFormat.crcOf(out.array(), 0, NUMBERS_BYTES - 4));
            for (Disk disk : disks) {
                disk.replaceSmall(NUMBERS_FILE, out.array());
            }
        }
        return nextNumber++;
    }

    private static DiskSpace space(Disk disk, ExtentsOptions options) {
        return new DiskSpace(disk.room(), options.reserve(), MonotonicClock.system());
    }

    /** Makes a volume on the disk with the most room; called by lanes. */
    Volume create(long firstBytes, boolean moved) throws IOException {
        Disk disk = disks.getFirst();
        for (Disk other : disks) {
            space(other).refresh();
            if (roomOn(other) > roomOn(disk)) {
                disk = other;
            }
        }
        refuseIfFull(disk, firstBytes + VolumeFormat.HEADER_BYTES, moved);
        long number = number();
        String name = Volume.fileName(number);
        Volume volume = new Volume(identity.store(), number, disk, name, Instant.now());
        DiskFile file = disk.create(name);
        boolean strict = options.durability() == Durability.STRICT;
        VolumeFormat.Header header =
                new VolumeFormat.Header(
                        identity.store(), identity.epoch(), number, volume.created, strict);
        file.write(VolumeFormat.header(header), 0);
        if (options.durability() != Durability.NONE) {
            file.sync();
            disk.syncDirectory();
        }
        volume.file = file;
        volume.allocated = VolumeFormat.HEADER_BYTES;
        volume.tail = VolumeFormat.HEADER_BYTES;
        all.put(number, volume);
        return volume;
    }

    /** Removes a volume's file; called by lanes. */
    void deleteFile(Volume volume) throws IOException {
        holds.remove(volume);
        readers.close(volume);
        volume.disk.delete(volume.fileName);
        volume.disk.syncDirectory();
        space(volume.disk).refresh();
    }

    /** Volumes whose header is damaged. */
    List<Volume> withoutHeader() {
        return all.values().stream().filter(v -> v.store == null).toList();
    }

    /** A volume by its number, or null. Any thread. */
    @Nullable Volume find(long number) {
        return all.get(number);
    }

    /** Volumes by rising number. Any thread. */
    List<VolumeInfo> list() {
        return all.values().stream().map(Volume::info).toList();
    }

    /** The file of a volume for reading. Any thread. */
    DiskFile reader(Volume volume) throws IOException {
        return readers.of(volume);
    }

    boolean hasRoom(Disk disk, long bytes, boolean moved) {
        return space(disk).take(moved ? DiskSpace.Use.MOVED : DiskSpace.Use.NEW, bytes);
    }

    void refuseIfFull(Disk disk, long bytes, boolean moved) {
        if (hasRoom(disk, bytes, moved)) {
            return;
        }
        if (holds.giveUp()) {
            space(disk).refresh();
            if (hasRoom(disk, bytes, moved)) {
                return;
            }
        }
        throw new ExtentsException(ExtentsException.Code.DISK_FULL, space(disk).state().refusal());
    }

    private long roomOn(Disk disk) {
        DiskSpace.State state = space(disk).state();
        return state.freeBytes() - state.reserveBytes();
    }

    /** What the file system said itself when it took no more. */
    static ExtentsException full(DiskFull cause) {
        return new ExtentsException(
                ExtentsException.Code.DISK_FULL,
                "the disk is full ("
                        + cause.getMessage()
                        + "); delete objects, their space comes back within a minute, or add room",
                cause);
    }

    /** One for each disk. Any thread. */
    List<DiskSpace> spaces() {
        return List.copyOf(spaces.values());
    }

    private DiskSpace space(Disk disk) {
        DiskSpace space = spaces.get(disk);
        if (space == null) {
            throw new IllegalStateException("a volume on an unknown disk");
        }
        return space;
    }

    /** Remembers the first failure; everything is refused from now on. Any thread. */
    synchronized ExtentsException stop(Throwable cause) {
        ExtentsException first = failure;
        if (first == null) {
            try {
                first = failed(cause);
            } catch (OutOfMemoryError e) {
                first = withoutMemory;
            }
            failure = first;
        }
        return first;
    }

    private static ExtentsException failed(Throwable cause) {
        LOG.error("A write to the volumes failed: no more until the next start", cause);
        return new ExtentsException(
                ExtentsException.Code.FAILED,
                "a write to the volumes failed, so no more is written to them: look at the disk"
                        + " (space, permissions, errors), then start again ("
                        + cause
                        + ")",
                cause);
    }

    boolean failed() {
        return failure != null;
    }

    Optional<ExtentsException> failure() {
        return Optional.ofNullable(failure);
    }

    void refuseIfFailed() {
        ExtentsException stopped = failure;
        if (stopped != null) {
            throw stopped;
        }
    }

    void refuseIfStopped() {
        refuseIfClosed();
        ExtentsException stopped = failure;
        if (stopped != null) {
            // One of its own for each caller: a shared one can't be suppressed by itself.
            throw new ExtentsException(
                    stopped.code(), String.valueOf(stopped.getMessage()), stopped);
        }
    }

    void refuseIfClosed() {
        if (closed) {
            throw new ExtentsException(ExtentsException.Code.CLOSED, "the extents are closed");
        }
    }

    /** Why a task is refused now; takes no memory, for it is also said when there is none. */
    ExtentsException refusal() {
        ExtentsException stopped = failure;
        return stopped == null ? closedForGood : stopped;
    }

    /** Refuses everything from now on; false if it did already. */
    synchronized boolean beginClose() {
        boolean first = !closed;
        closed = true;
        return first;
    }

    /** Closes what is open for reading, and the disks. */
    void close() throws IOException {
        readers.closeAll();
        for (Disk disk : disks) {
            disk.close();
        }
    }
}
