package io.millrace.media.image;

import io.millrace.kit.Deadline;
import io.millrace.kit.MonotonicClock;
import io.millrace.kit.process.Child;
import io.millrace.kit.process.ChildCommand;
import io.millrace.media.process.RefusedException;
import io.millrace.media.worker.Frames;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One worker process; used by one request at a time. */
final class ImageWorker implements AutoCloseable {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final Duration START_DEADLINE = Duration.ofSeconds(60);
    private static final Duration END_DEADLINE = Duration.ofSeconds(5);
    private static final int WATCH_MILLIS = 100;
    private static final int MAX_REQUESTS = 2_000;

    /** Half of what the kernel lets a worker use, so that it never ends inside a request. */
    private static final Duration MAX_CPU = WorkerPool.CPU.dividedBy(2);

    private static final long MAX_RESIDENT_BYTES = 400L << 20;
    private static final long PAGE_BYTES = 4096;

    private final Child child;
    private final DataOutputStream out;
    private final DataInputStream in;
    private final ScheduledExecutorService timer;
    private final String version;
    private int requests;
    private long idleSince = CLOCK.nanos();

    private ImageWorker(Child child, ScheduledExecutorService timer)
            throws IOException, WorkerLostException {
        this.child = child;
        this.timer = timer;
        this.out = new DataOutputStream(new BufferedOutputStream(child.input(), 64 << 10));
        this.in = new DataInputStream(child.output());
        this.version = timed(START_DEADLINE, START_DEADLINE, this::readHello);
    }

    /** Starts a process and waits for its first word. */
    static ImageWorker start(ChildCommand command, ScheduledExecutorService timer)
            throws IOException, WorkerLostException {
        Child child = Child.start(command);
        try {
            return new ImageWorker(child, timer);
        } catch (IOException | WorkerLostException | RuntimeException e) {
            child.close();
            throw e;
        }
    }

    /** The version of libvips in it. */
    String version() {
        return version;
    }

    boolean alive() {
        return child.alive();
    }

    long idleNanos() {
        return CLOCK.nanos() - idleSince;
    }

    /**
     * Sends one request and waits for its answer.
     *
     * @param mostMillis what the work may be expected to cost; 0 for anything
     * @param cpu the processor time that it may use
     * @param wall how long it may take
     * @throws RefusedException when the worker refuses; it can be used on
     * @throws Heavier when it expects more than that; likewise
     * @throws WorkerLostException when it ended instead
     */
    Encoded exchange(ImageWork work, int mostMillis, Duration cpu, Duration wall)
            throws WorkerLostException, Heavier {
        requests++;
        Answer answer;
        try {
            answer =
                    timed(
                            cpu,
                            wall,
                            () -> {
                                send(work, mostMillis);
                                return readAnswer();
                            });
        } catch (IOException e) {
            throw lost(false, false, null);
        } finally {
            idleSince = CLOCK.nanos();
        }
        return switch (answer.kind()) {
            case Frames.RESULT -> new Encoded(answer.word(), answer.bytes());
            case Frames.HEAVIER -> throw new Heavier(millis(answer.word()));
            default -> throw refusal(answer);
        };
    }

    private static RefusedException refusal(Answer answer) {
        ByteBuffer body = ByteBuffer.wrap(answer.bytes());
        byte[] text = new byte[Math.clamp(body.getInt(), 0, body.remaining())];
        body.get(text);
        byte[] detail = new byte[body.remaining()];
        body.get(detail);
        return new RefusedException(
                        answer.status(), answer.word(), new String(text, StandardCharsets.UTF_8))
                .because(new String(detail, StandardCharsets.UTF_8));
    }

    /** Ends it from another thread; the exchange under way fails. */
    void kill() {
        child.kill();
    }

    private static long millis(String word) {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Whether it has served long enough or holds on to too much memory. */
    boolean worn() {
        if (requests >= MAX_REQUESTS || child.cpu().compareTo(MAX_CPU) > 0) {
            return true;
        }
        try {
            String statm = Files.readString(Path.of("/proc/" + child.pid() + "/statm"));
            return Long.parseLong(statm.split(" ")[1]) * PAGE_BYTES > MAX_RESIDENT_BYTES;
        } catch (IOException | NumberFormatException e) {
            return false; // No such file on this system: the count alone decides.
        }
    }

    /** Lets it end by itself, as it does when its input ends. */
    void retire() {
        try {
            child.input().close();
            child.await(END_DEADLINE);
        } catch (IOException e) {
            // It is gone already.
        }
        close();
    }

    @Override
    public void close() {
        child.close();
    }

    private void send(ImageWork work, int mostMillis) throws IOException {
        byte[] text = work.process().getBytes(StandardCharsets.UTF_8);
        out.writeInt(mostMillis);
        out.writeInt(text.length);
        out.write(text);
        send(work.source());
        out.writeInt(work.watermarks().size());
        for (Picture watermark : work.watermarks()) {
            send(watermark);
        }
        out.flush();
    }

    private void send(Picture picture) throws IOException {
        out.writeInt(Math.toIntExact(picture.sizeBytes()));
        try (InputStream bytes = open(picture)) {
            byte[] buffer = new byte[64 << 10];
            long left = picture.sizeBytes();
            while (left > 0) {
                int n = read(bytes, buffer, (int) Math.min(buffer.length, left));
                out.write(buffer, 0, n);
                left -= n;
            }
        }
    }

    /** What fails here is the store's, not the worker's, which waits in vain for the rest. */
    private static InputStream open(Picture picture) throws Unreadable {
        try {
            return picture.open().get();
        } catch (RuntimeException e) {
            throw new Unreadable(e);
        }
    }

    private static int read(InputStream bytes, byte[] buffer, int most) throws Unreadable {
        int n;
        try {
            n = bytes.read(buffer, 0, most);
        } catch (IOException | RuntimeException e) {
            throw new Unreadable(e);
        }
        if (n < 0) {
            throw new Unreadable(new IOException("it ended early"));
        }
        return n;
    }

    private static final class Unreadable extends IOException {
        Unreadable(Exception reason) {
            super(String.valueOf(reason.getMessage()), reason);
        }
    }

    private String readHello() throws IOException {
        byte[] magic = in.readNBytes(Frames.MAGIC.length);
        if (!Arrays.equals(magic, Frames.MAGIC)) {
            throw new IOException("no hello");
        }
        return readText();
    }

    private record Answer(int kind, int status, String word, byte[] bytes) {}

    private Answer readAnswer() throws IOException {
        int kind = in.readUnsignedByte();
        int status = in.readUnsignedShort();
        String word = readText();
        int size = in.readInt();
        if (size < 0 || size > Frames.MAX_RESULT_BYTES) {
            throw new IOException("an answer of " + size + " bytes");
        }
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new IOException("the answer was cut short");
        }
        return new Answer(kind, status, word, bytes);
    }

    private String readText() throws IOException {
        int size = in.readInt();
        if (size < 0 || size > Frames.MAX_TEXT_BYTES) {
            throw new IOException("a text of " + size + " bytes");
        }
        return new String(in.readNBytes(size), StandardCharsets.UTF_8);
    }

    private interface Talk<T> {
        T run() throws IOException;
    }

    /** Talks to the worker; kills it when that takes too much of one time or the other. */
    private <T> T timed(Duration cpu, Duration wall, Talk<T> talk)
            throws IOException, WorkerLostException {
        AtomicBoolean late = new AtomicBoolean();
        AtomicBoolean busy = new AtomicBoolean();
        Duration before = child.cpu();
        Deadline end = CLOCK.deadline(wall);
        ScheduledFuture<?> watch =
                timer.scheduleWithFixedDelay(
                        () -> {
                            boolean used = child.cpu().minus(before).compareTo(cpu) > 0;
                            if (used || end.hasPassed()) {
                                busy.compareAndSet(false, used && !late.get());
                                late.set(true);
                                child.kill();
                            }
                        },
                        WATCH_MILLIS,
                        WATCH_MILLIS,
                        TimeUnit.MILLISECONDS);
        try {
            return talk.run();
        } catch (Unreadable e) {
            throw lost(false, false, e);
        } catch (IOException e) {
            throw lost(late.get(), busy.get(), null);
        } finally {
            watch.cancel(false);
        }
    }

    private WorkerLostException lost(boolean late, boolean busy, @Nullable Unreadable source) {
        child.kill();
        int exitCode = child.await(END_DEADLINE);
        return source == null
                ? new WorkerLostException(exitCode, late, busy, child.errorTail())
                : WorkerLostException.unreadable(exitCode, String.valueOf(source.getMessage()));
    }
}
