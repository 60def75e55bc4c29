package io.millrace.kit.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Runs a child from start to end, without input. */
public final class ChildRun {

    private ChildRun() {}

    /**
     * Starts {@code command}, collects its output and waits for its end.
     *
     * @param deadline after which it is killed
     * @param maxOutputBytes after which it is killed
     */
    public static ChildResult run(ChildCommand command, Duration deadline, int maxOutputBytes) {
        return run(command, deadline, maxOutputBytes, _ -> {});
    }

    /** Likewise; {@code started} gets the child, for instance to be able to kill it. */
    public static ChildResult run(
            ChildCommand command, Duration deadline, int maxOutputBytes, Consumer<Child> started) {
        try (Child child = Child.start(command)) {
            started.accept(child);
            AtomicBoolean late = new AtomicBoolean();
            Thread watch =
                    Thread.ofVirtual()
                            .name("child-deadline")
                            .start(() -> watch(child, deadline, late));
            try {
                child.input().close();
                byte[] output = readAtMost(child.output(), maxOutputBytes);
                if (output.length > maxOutputBytes) {
                    return new ChildResult.TooMuchOutput();
                }
                int exit = child.await(deadline);
                return late.get() || exit < 0
                        ? new ChildResult.TimedOut(child.errorTail())
                        : new ChildResult.Exited(exit, output, child.errorTail());
            } catch (IOException e) {
                return late.get()
                        ? new ChildResult.TimedOut(child.errorTail())
                        : new ChildResult.NotStarted("its pipe broke: " + e.getMessage());
            } finally {
                watch.interrupt();
            }
        } catch (IOException e) {
            return new ChildResult.NotStarted(String.valueOf(e.getMessage()));
        }
    }

    private static void watch(Child child, Duration deadline, AtomicBoolean late) {
        try {
            Thread.sleep(deadline);
            late.set(true);
            child.kill();
        } catch (InterruptedException e) {
            // The child ended in time.
        }
    }

    /** One byte more than {@code most} tells that there was more. */
    private static byte[] readAtMost(InputStream in, int most) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[16 << 10];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
            if (out.size() > most) {
                break;
            }
        }
        return out.toByteArray();
    }
}
