package io.millrace.extents;

import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import io.millrace.kit.DirectoryLock;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.SpareArrays;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Extents in volume files on local disks.
 *
 * <p>One lane takes what is ≤ 16 KiB, so that many small writers share a sync; larger extents are
 * spread over the other lanes. See {@link Lane} for the writing and {@link VolumeFormat} for the
 * bytes.
 */
public final class LocalExtents implements Extents {
    /** Longest extent that {@link #append} takes at once. */
    public static final int APPEND_BYTES = 16 << 20;

    private static final int SMALL_BYTES = 16 * 1024;

    /** 8 MiB: what the pieces on the way of ten writers take. */
    private static final int SPARE_PIECES = 32;

    private final Volumes volumes;
    private final Lane small;
    private final List<Lane> large;
    private final AtomicInteger turn = new AtomicInteger();
    private final ReadBuffers buffers = new ReadBuffers();
    private final SpareArrays pieces = new SpareArrays(StreamWriter.PIECE_BYTES, SPARE_PIECES);
    private final Blocks blocks;

    private LocalExtents(Volumes volumes, Blocks blocks) throws IOException {
        this.volumes = volumes;
        this.blocks = blocks;
        this.small = new Lane(volumes, 0);
        this.large = new ArrayList<>();
        for (int i = 0; i < volumes.options().largeLanes(); i++) {
            large.add(new Lane(volumes, i + 1));
        }
        for (Volume volume : volumes.recover()) {
            lane((int) (volume.number % (large.size() + 1))).adopt(volume);
        }
        volumes.withoutHeader().forEach(blocks::headerLost);
        small.start();
        large.forEach(Lane::start);
    }

    private Lane lane(int index) {
        return index == 0 ? small : large.get(index - 1);
    }

    /**
     * Opens the volumes in some directories; makes the directories that aren't there.
     *
     * @throws ExtentsException LOCKED when another process has a directory, FORMAT when another
     *     version wrote it, IDENTITY when they are not the directories of one store, UNAVAILABLE
     *     when a disk refuses
     */
    public static LocalExtents open(List<Path> directories, ExtentsOptions options) {
        return open(directories, options, new Damages());
    }

    /**
     * The same, and says what is damaged.
     *
     * @param damages hears of each damaged block that is read
     */
    public static LocalExtents open(
            List<Path> directories, ExtentsOptions options, Damages damages) {
        return open(directories, options, new Blocks(damages, null), d -> d);
    }

    /** Opens volumes to be looked at: nothing in the directories is changed. */
    public static LocalExtents openReadOnly(List<Path> directories, Damages damages) {
        return open(
                directories,
                ExtentsOptions.standard(),
                new Blocks(damages, null),
                ReadOnlyDisk::new);
    }

    /**
     * Opens volumes to be read and mended: a block with one flipped bit is put right when it is
     * read, and so are headers and the small files at once. Nothing else is changed.
     *
     * @param evidence where the places are kept as they were
     * @param told hears of each change
     */
    public static LocalExtents openMending(
            List<Path> directories, Path evidence, Damages damages, Consumer<String> told) {
        Mender mender = new Mender(evidence, told);
        try {
            for (Path directory : directories) {
                if (Files.isDirectory(directory)) {
                    mender.mend(directory);
                }
            }
        } catch (IOException e) {
            throw unavailable(e);
        }
        return open(
                directories,
                ExtentsOptions.standard(),
                new Blocks(damages, mender),
                ReadOnlyDisk::new);
    }

    /** Damaged headers of volumes and small files; blocks are checked by reading extents. */
    public static List<Damage> check(List<Path> directories) {
        List<Damage> damages = new ArrayList<>();
        try {
            for (Path directory : directories) {
                if (Files.isDirectory(directory)) {
                    damages.addAll(Mender.check(directory));
                }
            }
        } catch (IOException e) {
            throw unavailable(e);
        }
        return damages;
    }

    private static LocalExtents open(
            List<Path> directories, ExtentsOptions options, Blocks blocks, UnaryOperator<Disk> as) {
        if (directories.isEmpty()) {
            throw new ExtentsException(
                    ExtentsException.Code.LIMIT, "the extents need at least one directory");
        }
        List<Disk> disks = new ArrayList<>();
        try {
            for (Path directory : directories) {
                disks.add(as.apply(new FileDisk(directory)));
            }
            return new LocalExtents(new Volumes(List.copyOf(disks), options), blocks);
        } catch (DirectoryLock.Held e) {
            closeAll(disks);
            throw new ExtentsException(
                    ExtentsException.Code.LOCKED, "the extents: " + e.getMessage(), e);
        } catch (IOException e) {
            closeAll(disks);
            throw new ExtentsException(
                    ExtentsException.Code.UNAVAILABLE,
                    "the volumes in " + directories + " do not open: " + e.getMessage(),
                    e);
        } catch (RuntimeException e) {
            closeAll(disks);
            throw e;
        }
    }

    static LocalExtents openDisks(List<Disk> disks, ExtentsOptions options) throws IOException {
        return new LocalExtents(
                new Volumes(List.copyOf(disks), options), new Blocks(new Damages(), null));
    }

    private static void closeAll(List<Disk> disks) {
        for (Disk disk : disks) {
            try {
                disk.close();
            } catch (IOException e) {
                // The reason why opening failed is what the caller hears.
            }
        }
    }

    @Override
    public StoreIdentity identity() {
        volumes.refuseIfClosed();
        try {
            return volumes.identity().now();
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    @Override
    public void onFlush(LongConsumer observer) {
        volumes.onFlush(observer);
    }

    @Override
    public Optional<ExtentsException> failure() {
        return volumes.failure();
    }

    @Override
    public void join(UUID keySpace, long epoch, @Nullable UUID accepted, UUID start) {
        volumes.refuseIfStopped();
        try {
            volumes.identity().join(keySpace, epoch, accepted, start);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    @Override
    public void confirm() {
        volumes.refuseIfStopped();
        try {
            volumes.identity().confirm();
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private static ExtentsException unavailable(IOException e) {
        return new ExtentsException(
                ExtentsException.Code.UNAVAILABLE,
                "the directories of the volumes fail: " + e.getMessage(),
                e);
    }

    @Override
    public ExtentRef append(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length < 1 || length > APPEND_BYTES) {
            throw new ExtentsException(
                    ExtentsException.Code.LIMIT,
                    "append takes 1 to " + APPEND_BYTES + " bytes, not " + length);
        }
        return append(laneFor(length), bytes, offset, length, false);
    }

    static ExtentRef append(Lane lane, byte[] bytes, int offset, int length, boolean moved) {
        Task.Append task = new Task.Append(bytes, offset, length, moved);
        lane.submit(task);
        task.await();
        return Objects.requireNonNull(task.ref);
    }

    private Lane laneFor(long length) {
        if (length >= 0 && length <= SMALL_BYTES) {
            return small;
        }
        return large.get(Math.floorMod(turn.getAndIncrement(), large.size()));
    }

    @Override
    public ExtentWriter open(long lengthHint) {
        return open(lengthHint, false);
    }

    @Override
    public ExtentWriter openToMove(long length) {
        return open(length, true);
    }

    private ExtentWriter open(long lengthHint, boolean moved) {
        if (lengthHint == 0 || lengthHint < -1) {
            throw new ExtentsException(
                    ExtentsException.Code.LIMIT, "an extent has ≥ 1 bytes, not " + lengthHint);
        }
        volumes.refuseIfStopped();
        return new StreamWriter(laneFor(lengthHint), pieces, lengthHint, moved);
    }

    @Override
    public int read(ExtentRef ref, long offset, ByteBuffer into) {
        if (offset < 0) {
            throw new ExtentsException(ExtentsException.Code.LIMIT, "offset " + offset + " < 0");
        }
        volumes.refuseIfClosed();
        if (offset >= ref.length()) {
            return -1;
        }
        refuseOthers(ref);
        Volume volume = volumes.find(ref.volume());
        if (volume == null) {
            throw notFound(ref);
        }
        ByteBuffer buffer = buffers.take();
        try {
            return blocks.read(volume, volumes.reader(volume), ref, offset, into, buffer);
        } catch (NoSuchFileException | ClosedChannelException e) {
            volumes.refuseIfClosed();
            if (volume.deleted) {
                throw notFound(ref);
            }
            throw unreadable(ref, e);
        } catch (IOException e) {
            throw unreadable(ref, e);
        } finally {
            buffers.giveBack(buffer);
        }
    }

    @Override
    public List<DamagedBlock> damaged() {
        return blocks.known();
    }

    @Override
    public void forget(DamagedBlock block) {
        blocks.forget(block);
    }

    private void refuseOthers(ExtentRef ref) {
        if (!volumes.identity().has(ref)) {
            throw new ExtentsException(
                    ExtentsException.Code.ELSEWHERE,
                    "the bytes are in store "
                            + ref.store()
                            + ", which this server can't read; its own is "
                            + volumes.identity().store());
        }
        if (!ref.encryption().none()) {
            throw new ExtentsException(
                    ExtentsException.Code.FORMAT,
                    "the extent is encrypted, which this program doesn't know yet: run the"
                            + " Millrace that wrote it");
        }
    }

    private static ExtentsException notFound(ExtentRef ref) {
        return new ExtentsException(
                ExtentsException.Code.NOT_FOUND,
                "there is no volume " + ref.volume() + " in store " + ref.store());
    }

    private static ExtentsException unreadable(ExtentRef ref, IOException e) {
        return new ExtentsException(
                ExtentsException.Code.UNAVAILABLE,
                "volume " + ref.volume() + " can't be read: " + e.getMessage(),
                e);
    }

    @Override
    public void seal(long volume) {
        retire(volume, false);
    }

    @Override
    public void delete(long volume) {
        retire(volume, true);
    }

    private void retire(long number, boolean delete) {
        volumes.refuseIfClosed();
        Volume volume = volumes.find(number);
        if (volume == null || (volume.sealed && !delete)) {
            return;
        }
        Lane owner = volume.lane;
        Lane lane = owner == null ? small : owner;
        Task.Retire task = new Task.Retire(volume, delete);
        lane.submit(task);
        task.await();
    }

    /**
     * Keeps every volume that exists at any moment while {@code meanwhile} runs, under second
     * names, so that deleting one takes nothing away from who copies it. A key space that is copied
     * in {@code meanwhile} refers to nothing outside of what is held: a reference is committed only
     * after its extent is durable.
     *
     * @param name of the hold, for {@link #release}; lower-case letters and digits
     * @return the directories in their order
     */
    public List<HeldVolumes> hold(String name, Runnable meanwhile) {
        volumes.refuseIfClosed();
        try {
            return volumes.holds().hold(name, meanwhile);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    /** False when the hold was released, or given up because a disk had no room left. */
    public boolean isHeld(String name) {
        return volumes.holds().alive(name);
    }

    /** Ends a hold: the space of volumes that were deleted meanwhile comes back. */
    public void release(String name) {
        try {
            volumes.holds().release(name);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    @Override
    public List<VolumeInfo> list() {
        return volumes.list();
    }

    @Override
    public Durability durability() {
        return volumes.options().durability();
    }

    @Override
    public void giveUpHolds() {
        volumes.holds().giveUp();
    }

    @Override
    public List<DiskSpace> disks() {
        return volumes.spaces();
    }

    @Override
    public void close() {
        if (!volumes.beginClose()) {
            return;
        }
        small.stop();
        large.forEach(Lane::stop);
        try {
            volumes.close();
        } catch (IOException e) {
            throw new ExtentsException(
                    ExtentsException.Code.UNAVAILABLE, "the volumes do not close", e);
        }
    }
}
