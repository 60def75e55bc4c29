package io.millrace.media.image;

import io.millrace.media.Asker;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/** Image work of bytes at hand. */
final class Works {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private Works() {}

    /** So many workers of the usual kind, whose scratch files lie in {@code directory}. */
    static ImageWorkers workers(int count, Path directory, ScheduledExecutorService timer) {
        return workers(count, "libvips.so.42", Duration.ofSeconds(30), directory, timer);
    }

    static ImageWorkers workers(
            int count,
            String libvips,
            Duration deadline,
            Path directory,
            ScheduledExecutorService timer) {
        return new ImageWorkers(
                new ImageWorkers.Settings(count, 64, deadline, libvips, directory), timer);
    }

    /** Work like no other. */
    static ImageWork of(String process, byte[] source, byte[]... watermarks) {
        String name = "work-" + NUMBER.incrementAndGet();
        return of(name, name, process, source, watermarks);
    }

    static ImageWork of(
            String sameAs, String alike, String process, byte[] source, byte[]... watermarks) {
        List<Picture> marks = Arrays.stream(watermarks).map(Works::picture).toList();
        return new ImageWork(process, picture(source), marks, sameAs, alike, () -> {});
    }

    static Encoded run(ImageWorkers workers, String process, byte[] source, byte[]... watermarks) {
        return workers.run(of(process, source, watermarks), Asker.patient("somebody"));
    }

    private static Picture picture(byte[] bytes) {
        return new Picture(bytes.length, () -> new ByteArrayInputStream(bytes));
    }
}
