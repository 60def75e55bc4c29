package io.millrace.media.worker;

import io.millrace.media.process.MediaProcess;
import io.millrace.media.process.ProcessParser;
import io.millrace.media.process.RefusedException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The main class of an image worker: requests come on standard input, answers go to standard
 * output, one at a time, until the input ends. Its only argument is the libvips to load. Exit
 * codes: 0 the input ended, 3 no libvips, 4 the parent process is gone.
 */
public final class WorkerMain {
    /**
     * The exit code that says that libvips could not be loaded; the reason is on standard error.
     */
    public static final int NO_LIBVIPS = 3;

    /** The exit code of a worker whose server is gone. */
    private static final int ORPHAN = 4;

    private static final Duration PARENT_EVERY = Duration.ofSeconds(1);

    private WorkerMain() {}

    public static void main(String[] arguments) throws IOException {
        endWithParent();
        Vips vips;
        try {
            vips = Vips.load(arguments[0]);
        } catch (IllegalArgumentException | VipsException e) {
            System.err.println(e.getMessage());
            System.exit(NO_LIBVIPS);
            return;
        }
        FileChannel in = new FileInputStream(FileDescriptor.in).getChannel();
        FileChannel out = new FileOutputStream(FileDescriptor.out).getChannel();
        Frames.writeHello(out, vips.version());
        while (serve(vips, in, out)) {
            // One request after the other.
        }
    }

    /** A picture may take a minute, in which nobody reads the end of the input. */
    private static void endWithParent() {
        long parent = parent();
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            while (parent() == parent) {
                                LockSupport.parkNanos(PARENT_EVERY.toNanos());
                            }
                            Runtime.getRuntime().halt(ORPHAN);
                        });
    }

    private static long parent() {
        return ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L);
    }

    private static boolean serve(Vips vips, FileChannel in, FileChannel out) throws IOException {
        try (VipsSession session = new VipsSession(vips)) {
            Frames.Request request = Frames.readRequest(in, session.arena);
            if (request == null) {
                return false;
            }
            try {
                Pipeline.Result result = run(session, request);
                if (result.bytes().byteSize() > Frames.MAX_RESULT_BYTES) {
                    throw RefusedException.tooLarge(
                            "The result has "
                                    + result.bytes().byteSize()
                                    + " bytes; the most is "
                                    + Frames.MAX_RESULT_BYTES
                                    + ".");
                }
                Frames.writeAnswer(out, Frames.RESULT, 200, result.contentType(), result.bytes());
            } catch (Cost.Exceeded e) {
                String expected = Long.toString(e.millis());
                Frames.writeAnswer(out, Frames.HEAVIER, 200, expected, MemorySegment.NULL);
            } catch (RefusedException e) {
                Frames.writeRefusal(out, e.status(), e.code(), e.text(), e.detail());
            }
            return true;
        }
    }

    private static Pipeline.Result run(VipsSession session, Frames.Request request) {
        MediaProcess process = ProcessParser.parse(request.process()).process();
        return switch (process) {
            case MediaProcess.Image image ->
                    Pipeline.run(
                            session,
                            image.operations(),
                            request.source(),
                            request.watermarks(),
                            request.mostMillis());
            case MediaProcess.Snapshot _ ->
                    throw RefusedException.invalid("An image worker takes no snapshots of videos.");
        };
    }
}
