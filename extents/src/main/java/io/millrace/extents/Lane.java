package io.millrace.extents;

import io.millrace.kit.MonotonicClock;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One platform thread that writes one volume at a time for many appenders.
 *
 * <p>All appends that wait are framed and written together, then the volume is synced once, then
 * everybody is woken: so a sync is shared by as many writers as came while the one before ran. All
 * file work happens on this thread, which nobody interrupts: an interrupt inside a channel would
 * close it for all.
 *
 * <p>Fail-stop: after a write or a sync that failed for another reason than a full disk, nobody
 * knows what the disk holds (a later sync may succeed without it), so every lane refuses from then
 * on. Whatever ends the thread, an OutOfMemoryError too, answers everybody who waits.
 */
final class Lane {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final int QUEUED_TASKS = 2_048;
    private static final int GROUP_TASKS = 1_024;
    private static final long GROUP_BYTES = 16L << 20;
    private static final long PATIENCE_SECONDS = 10;
    private static final long GROW_BYTES = 8L << 20;

    /** Larger than a segment of a live stream, which is read as soon as it is written. */
    private static final long PAST_CACHE_BYTES = 6L << 20;

    private static final long RELAXED_SYNC_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Volumes volumes;
    private final ExtentsOptions options;
    private final ArrayBlockingQueue<Task> queue = new ArrayBlockingQueue<>(QUEUED_TASKS);
    private final Deque<Volume> spares = new ArrayDeque<>();
    private final List<Volume> open = new ArrayList<>();
    private final List<Task> group = new ArrayList<>();
    private final FrameWriter frames;
    private final Thread thread;
    private @Nullable Volume current;
    private boolean stopping;
    private long lastSync = CLOCK.nanos();
    private volatile boolean ended;

    Lane(Volumes volumes, int number) {
        this.volumes = volumes;
        this.options = volumes.options();
        this.frames = new FrameWriter(volumes.identity());
        this.thread =
                Thread.ofPlatform()
                        .name("extents-lane-" + number)
                        .daemon(true)
                        .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Hands over a volume from an earlier run that still has room; before {@link #start} only. */
    void adopt(Volume volume) {
        volume.lane = this;
        open.add(volume);
        spares.add(volume);
    }

    /** Puts a task into the queue; the caller waits for the task itself. */
    void submit(Task task) {
        volumes.refuseIfStopped();
        try {
            if (!queue.offer(task) && !queue.offer(task, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new ExtentsException(
                        ExtentsException.Code.BUSY,
                        "the append queue stayed full for " + PATIENCE_SECONDS + " s; try later");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExtentsException(
                    ExtentsException.Code.BUSY, "interrupted while waiting to append", e);
        }
        if (ended) {
            refuseQueued();
        }
    }

    int queued() {
        return queue.size();
    }

    /** Ends the lane after everything that is queued. */
    void stop() {
        boolean interrupted = false;
        Task.Stop stop = new Task.Stop();
        while (!queue.offer(stop)) {
            Thread.onSpinWait();
        }
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        refuseQueued();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void refuseQueued() {
        Task left;
        while ((left = queue.poll()) != null) {
            left.fail(volumes.refusal());
        }
    }

    private void run() {
        try {
            while (!stopping) {
                takeGroup();
                if (!group.isEmpty()) {
                    serveGroup();
                }
                syncRelaxed();
            }
            closeVolumes();
        } catch (RuntimeException | Error e) {
            volumes.stop(e);
        } finally {
            ended = true;
            refuseGroup();
            refuseQueued();
        }
    }

    /** Nobody stays parked, whatever ended the thread. */
    private void refuseGroup() {
        for (Task task : group) {
            if (!task.done()) {
                task.fail(volumes.refusal());
            }
        }
    }

    private void takeGroup() {
        group.clear();
        try {
            Task first = queue.poll(1, TimeUnit.SECONDS);
            if (first == null) {
                return;
            }
            group.add(first);
        } catch (InterruptedException e) {
            // Nobody may stop a lane by an interrupt: stop() is the way.
            return;
        }
        long bytes = group.get(0).bytes();
        while (group.size() < GROUP_TASKS && bytes < GROUP_BYTES) {
            Task next = queue.poll();
            if (next == null) {
                return;
            }
            group.add(next);
            bytes += next.bytes();
        }
    }

    private void serveGroup() {
        try {
            for (Task task : group) {
                serve(task);
            }
            frames.flush();
            syncGroup();
            for (Task task : group) {
                if (!task.done()) {
                    task.complete();
                }
            }
        } catch (DiskFull e) {
            volumes.holds().giveUp();
            failGroup(Volumes.full(e));
        } catch (IOException | RuntimeException | Error e) {
            failGroup(volumes.stop(e));
        }
    }

    private void failGroup(ExtentsException failure) {
        frames.drop();
        for (Task task : group) {
            if (task instanceof Task.Piece piece) {
                piece.region.failure = failure;
            }
            stopping |= task instanceof Task.Stop;
            if (!task.done()) {
                task.fail(failure);
            }
        }
    }

    private void serve(Task task) throws IOException {
        try {
            volumes.refuseIfFailed();
            switch (task) {
                case Task.Append append -> append(append);
                case Task.Piece piece -> piece(piece);
                case Task.Abandon abandon -> abandon(abandon.region);
                case Task.Retire retire -> retire(retire);
                case Task.Stop stop -> stopping = true;
            }
        } catch (ExtentsException e) {
            stopping |= task instanceof Task.Stop;
            if (task instanceof Task.Piece piece) {
                piece.region.failure = e;
            }
            task.fail(e);
        }
    }

    private void append(Task.Append task) throws IOException {
        long framed = VolumeFormat.framedBytes(task.length);
        Volume volume = volumeFor(framed, task.moved);
        long offset = volume.tail;
        grow(volume, offset + framed);
        frames.pastCache(false);
        frames.write(volume, offset, 0, task.bytes, task.offset, task.length, true);
        volume.tail = offset + framed;
        task.ref = ref(volume, offset, task.length);
        task.toSync = volume;
    }

    private ExtentRef ref(Volume volume, long offset, long length) {
        Identity identity = volumes.identity();
        return new ExtentRef(identity.store(), identity.epoch(), volume.number, offset, length);
    }

    private void piece(Task.Piece task) throws IOException {
        Region region = task.region;
        if (region.failure != null) {
            throw region.failure;
        }
        Volume volume = region.volume == null ? place(region) : region.volume;
        if (volume.deleted) {
            throw new ExtentsException(
                    ExtentsException.Code.NOT_FOUND,
                    "volume " + volume.number + " was deleted while an extent was written to it");
        }
        long end = region.offset + VolumeFormat.framedBytes(region.written + task.length);
        volumes.refuseIfFull(volume.disk, task.length, region.moved);
        grow(volume, end);
        frames.pastCache(Math.max(region.announced, region.written) >= PAST_CACHE_BYTES);
        frames.write(volume, region.offset, region.written, task.bytes, 0, task.length, task.last);
        region.written += task.length;
        volume.tail = Math.max(volume.tail, end);
        if (task.last) {
            region.ref = ref(volume, region.offset, region.written);
            task.toSync = volume;
        }
    }

    /** Finds the place of an extent whose first piece has come. */
    private Volume place(Region region) throws IOException {
        Volume volume;
        if (region.announced < 0) {
            volume = exclusive(VolumeFormat.BLOCK_BYTES, region.moved);
        } else {
            long framed = VolumeFormat.framedBytes(region.announced);
            if (framed > options.volumeBytes() / 2) {
                volume = exclusive(framed, region.moved);
                volume.retiring = true;
            } else {
                volume = volumeFor(framed, region.moved);
            }
        }
        region.volume = volume;
        region.offset = volume.tail;
        volume.regions++;
        if (region.announced >= 0) {
            volume.tail = region.offset + VolumeFormat.framedBytes(region.announced);
        }
        return volume;
    }

    private void abandon(Region region) throws IOException {
        if (!region.ended) {
            region.ended = true;
            endRegion(region);
        }
    }

    /** An extent ended: its volume may be free for others now, or ripe for its seal. */
    private void endRegion(Region region) throws IOException {
        Volume volume = region.volume;
        if (volume == null || volume.deleted) {
            return;
        }
        volume.regions--;
        if (volume.regions > 0) {
            return;
        }
        if (volume.retiring || volume.tail > options.volumeBytes() / 4 * 3) {
            if (!volume.retiring) {
                dropCurrent(volume);
            }
            seal(volume);
        } else if (region.announced < 0) {
            spares.add(volume);
        }
    }

    private void dropCurrent(Volume volume) {
        spares.remove(volume);
        Volume now = current;
        if (now != null && now.number == volume.number) {
            current = null;
        }
    }

    private Volume volumeFor(long framed, boolean moved) throws IOException {
        Volume volume = current;
        if (volume != null
                && volume.tail + framed <= options.volumeBytes()
                && volumes.hasRoom(volume.disk, framed, moved)) {
            return volume;
        }
        if (volume != null) {
            current = null;
            volume.retiring = true;
            if (volume.regions == 0) {
                seal(volume);
            }
        }
        volume = exclusive(framed, moved);
        current = volume;
        return volume;
    }

    /** A volume that nobody writes to: a spare one with room, else a new one. */
    private Volume exclusive(long framed, boolean moved) throws IOException {
        for (Volume spare : spares) {
            if (spare.tail + framed <= options.volumeBytes()
                    && volumes.hasRoom(spare.disk, framed, moved)) {
                spares.remove(spare);
                return spare;
            }
        }
        Volume volume = volumes.create(framed, moved);
        volume.lane = this;
        open.add(volume);
        return volume;
    }

    private void grow(Volume volume, long end) throws IOException {
        if (end > volume.allocated) {
            long size =
                    Math.max(end, Math.min(volume.allocated + GROW_BYTES, options.volumeBytes()));
            volume.writing().resize(size);
            volume.allocated = size;
        }
    }

    private void retire(Task.Retire task) throws IOException {
        Volume volume = task.volume;
        if (!volume.sealed && !volume.deleted) {
            dropCurrent(volume);
            volume.retiring = true;
            if (task.delete) {
                frames.flush();
                DiskFile file = volume.writing();
                volume.file = null;
                open.remove(volume);
                file.close();
            } else if (volume.regions == 0) {
                seal(volume);
            }
        }
        if (task.delete && !volume.deleted) {
            volumes.deleteFile(volume);
        }
    }

    private void seal(Volume volume) throws IOException {
        frames.flush();
        DiskFile file = volume.writing();
        file.resize(volume.tail);
        file.write(
                VolumeFormat.seal(volumes.identity().store(), volume.number, volume.tail),
                volume.tail);
        if (options.durability() != Durability.NONE) {
            file.sync();
        }
        volume.dirty = false;
        volume.sealed = true;
        volume.file = null;
        volume.lane = null;
        spares.remove(volume);
        open.remove(volume);
        file.close();
    }

    /** Syncs every volume that an answer waits for, then ends the extents that were finished. */
    private void syncGroup() throws IOException {
        if (options.durability() == Durability.STRICT) {
            for (Task task : group) {
                Volume volume = task.toSync;
                if (volume != null && volume.dirty && !volume.sealed && !volume.deleted) {
                    volumes.flush(volume);
                }
            }
        }
        for (Task task : group) {
            if (task instanceof Task.Piece piece && piece.last && !piece.region.ended) {
                piece.region.ended = true;
                if (piece.region.failure == null) {
                    endRegion(piece.region);
                }
            }
        }
    }

    private void syncRelaxed() {
        if (options.durability() != Durability.RELAXED
                || CLOCK.nanos() - lastSync < RELAXED_SYNC_NANOS) {
            return;
        }
        lastSync = CLOCK.nanos();
        try {
            for (Volume volume : open) {
                if (volume.dirty) {
                    volumes.flush(volume);
                }
            }
        } catch (IOException | RuntimeException e) {
            volumes.stop(e);
        }
    }

    private void closeVolumes() {
        for (Volume volume : open) {
            try (DiskFile file = volume.writing()) {
                if (!volumes.failed()) {
                    file.resize(volume.tail);
                    file.sync();
                }
            } catch (IOException | RuntimeException e) {
                volumes.stop(e);
            }
        }
    }
}
