package io.millrace.store;

import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.PutObject;
import io.millrace.store.space.Space;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/**
 * The program that {@link CrashTest} kills: many threads put, append, copy and delete, and each
 * prints what was acknowledged, one line each, before it goes on.
 */
final class CrashWriter {
    private CrashWriter() {}

    /** Arguments: directory, the first number to write. */
    public static void main(String[] args) throws Exception {
        Fixture fixture = Fixture.open(Path.of(args[0]));
        long first = Long.parseLong(args[1]);
        Thread[] threads = new Thread[16];
        for (int i = 0; i < threads.length; i++) {
            int writer = i;
            threads[i] = Thread.startVirtualThread(() -> write(fixture, writer, first));
        }
        Thread.startVirtualThread(() -> maintain(fixture));
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void maintain(Fixture fixture) {
        while (true) {
            fixture.clock.advance(java.time.Duration.ofMinutes(11));
            fixture.store.maintain();
            Space.pause(java.time.Duration.ofMillis(20));
        }
    }

    private static void write(Fixture fixture, int writer, long first) {
        Random random = new Random();
        String grown = "grown-" + writer;
        long length =
                fixture.objects().head(Fixture.BUCKET, grown).map(ObjectInfo::sizeBytes).orElse(0L);
        for (long number = first; ; number++) {
            String key = "put-" + writer + "-" + random.nextInt(4);
            byte[] bytes = contents(number);
            ObjectMetadata metadata =
                    new ObjectMetadata(null, Map.of(), Map.of("number", Long.toString(number)));
            fixture.objects()
                    .put(PutObject.of(Fixture.BUCKET, key, bytes.length).with(metadata), bytes);
            acknowledged(key, number);
            byte[] more = growth(length, 1 + random.nextInt(40_000));
            AppendOutcome outcome = fixture.append(grown, length, more);
            if (!(outcome instanceof AppendOutcome.Appended appended)) {
                throw new IllegalStateException("not appended: " + outcome);
            }
            length = appended.nextPosition();
            acknowledged(grown, length);
            fixture.objects()
                    .copy(CopyObject.of(Fixture.BUCKET, key, Fixture.BUCKET, "copy-" + writer));
        }
    }

    private static synchronized void acknowledged(String key, long number) {
        System.out.println(key + " " + number);
        System.out.flush();
    }

    /** What the put of a number holds. */
    static byte[] contents(long number) {
        return Fixture.bytes(number, (int) (number * 7919 % 60_000));
    }

    /** What a growing object holds from a position on. */
    static byte[] growth(long from, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            long at = from + i;
            bytes[i] = (byte) (at * 31 + (at >> 8) * 17 + (at >> 16));
        }
        return bytes;
    }
}
