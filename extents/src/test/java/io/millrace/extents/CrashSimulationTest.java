package io.millrace.extents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.DiskReserve;
import io.millrace.testkit.Seed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Random appends on a disk that forgets, tears and fails: what was acknowledged is never lost. */
class CrashSimulationTest {
    private static final int LIVES = 60;

    private final Seed seed = Seed.fresh();
    private final Random random = seed.random();
    private final FaultyDisk disk = new FaultyDisk(new Random(random.nextLong()));
    private final Map<ExtentRef, Long> acknowledged = new ConcurrentHashMap<>();
    private final Set<ExtentRef> unverified = ConcurrentHashMap.newKeySet();

    @Test
    void noAcknowledgedExtentIsLostOrChangedByACrash() throws Exception {
        for (int life = 0; life < LIVES; life++) {
            LocalExtents extents = open();
            verify(extents);
            if (random.nextInt(4) == 0) {
                disk.failSyncs(0.05);
            }
            live(extents);
            if (random.nextInt(5) == 0) {
                disk.failSyncs(0);
                closeQuietly(extents);
            } else {
                disk.crash();
                closeQuietly(extents);
            }
            unverified.addAll(some(acknowledged.keySet()));
            disk.crash();
        }
        LocalExtents last = open();
        unverified.addAll(acknowledged.keySet());
        verify(last);
        last.close();
        assertTrue(acknowledged.size() > LIVES, seed.toString());
    }

    private LocalExtents open() throws IOException {
        ExtentsOptions options =
                new ExtentsOptions(Durability.STRICT, 1 << 20, 2, DiskReserve.ofBytes(0));
        return LocalExtents.openDisks(List.of(disk), options);
    }

    private static void closeQuietly(LocalExtents extents) {
        extents.close();
    }

    private void live(LocalExtents extents) throws Exception {
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random own = new Random(random.nextLong());
                int appends = random.nextInt(12);
                running.add(writers.submit(() -> write(extents, own, appends)));
            }
            if (random.nextInt(3) == 0) {
                Thread.sleep(random.nextInt(4));
                disk.crash();
            }
            for (Future<?> future : running) {
                future.get();
            }
        }
        maybeDelete(extents);
    }

    private void write(LocalExtents extents, Random own, int appends) {
        try {
            for (int i = 0; i < appends; i++) {
                long content = own.nextLong();
                switch (own.nextInt(4)) {
                    case 0, 1 -> {
                        byte[] bytes = Payload.of(content, 1 + own.nextInt(20_000));
                        acknowledge(extents.append(bytes, 0, bytes.length), content);
                    }
                    case 2 -> {
                        byte[] bytes = Payload.of(content, 1 + own.nextInt(200_000));
                        acknowledge(extents.append(bytes, 0, bytes.length), content);
                    }
                    default -> stream(extents, own, content);
                }
            }
        } catch (ExtentsException e) {
            // The disk failed under it: nothing was promised.
            assertTrue(
                    e.code() == ExtentsException.Code.FAILED
                            || e.code() == ExtentsException.Code.CLOSED,
                    e + " " + seed);
        }
    }

    private void stream(LocalExtents extents, Random own, long content) {
        int size = 1 + own.nextInt(own.nextBoolean() ? 100_000 : 1_600_000);
        byte[] bytes = Payload.of(content, size);
        try (ExtentWriter writer = extents.open(own.nextBoolean() ? size : -1)) {
            int at = 0;
            while (at < size) {
                int n = Math.min(size - at, 1 + own.nextInt(300_000));
                if (own.nextInt(3) == 0) {
                    n = Math.min(size - at, 128 << 10);
                    lend(writer, bytes, at, n);
                } else {
                    writer.write(bytes, at, n);
                }
                at += n;
                if (own.nextInt(12) == 0) {
                    writer.abort();
                    return;
                }
            }
            acknowledge(writer.finish(), content);
        }
    }

    /** Spoils the array as soon as it is free. */
    private static void lend(ExtentWriter writer, byte[] bytes, int at, int count) {
        byte[] lent = Arrays.copyOfRange(bytes, at, at + count);
        ExtentWriter.Lent written = writer.lend(lent, count);
        written.await();
        Arrays.fill(lent, (byte) 0xEE);
    }

    private void acknowledge(ExtentRef ref, long content) {
        Long before = acknowledged.put(ref, content);
        assertNull(before, () -> "the place of " + ref + " came twice; " + seed);
        unverified.add(ref);
    }

    private void maybeDelete(LocalExtents extents) {
        if (random.nextInt(3) > 0) {
            return;
        }
        List<VolumeInfo> volumes = extents.list();
        if (volumes.size() < 4) {
            return;
        }
        long victim = volumes.get(random.nextInt(volumes.size())).volume();
        acknowledged.keySet().removeIf(ref -> ref.volume() == victim);
        try {
            extents.delete(victim);
        } catch (ExtentsException e) {
            assertEquals(ExtentsException.Code.FAILED, e.code());
        }
    }

    private List<ExtentRef> some(Set<ExtentRef> refs) {
        List<ExtentRef> chosen = new ArrayList<>(refs);
        Collections.shuffle(chosen, random);
        return chosen.subList(0, Math.min(8, chosen.size()));
    }

    /** What was acknowledged lately and some of the rest holds the bytes that were written. */
    private void verify(LocalExtents extents) {
        for (ExtentRef ref : unverified) {
            Long content = acknowledged.get(ref);
            if (content != null) {
                byte[] expected = Payload.of(content, (int) ref.length());
                assertTrue(
                        Arrays.equals(expected, Payload.read(extents, ref)),
                        () -> ref + " changed; " + seed);
            }
        }
        unverified.clear();
    }
}
