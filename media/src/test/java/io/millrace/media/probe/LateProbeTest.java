package io.millrace.media.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.media.video.Ffmpeg;
import io.millrace.media.video.StreamProbe;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.PutObject;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import io.millrace.work.WorkException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that was asleep while another took over its probes. */
class LateProbeTest {
    private static final String LEASE = "follower/media.probes/some store";
    private static final Leases.Options SILENT =
            new Leases.Options(Duration.ofSeconds(60), Duration.ofSeconds(120));

    @TempDir Path directory;

    @Test
    void aProbeThatCameBackAfterTheLeaseWasTakenIsNotWritten() throws Exception {
        try (KeySpace keySpace = RocksKeySpace.open(directory.resolve("keys"));
                Leases slept = leases(keySpace);
                Extents extents =
                        LocalExtents.open(
                                List.of(directory.resolve("volumes")),
                                ExtentsOptions.standard().withReserveBytes(0));
                Store store = store(keySpace, slept, extents);
                Ffmpeg ffmpeg = ffmpeg()) {
            store.buckets().create("photos", "root", BucketAcl.PRIVATE);
            long bucket = store.buckets().get("photos").orElseThrow().id();
            byte[] picture = picture();
            store.objects().put(PutObject.of("photos", "a.png", picture.length), picture);
            Tenure late = slept.acquire(LEASE).orElseThrow();
            Prober prober = prober(store, late, ffmpeg);
            try (Leases next = leases(keySpace)) {
                Tenure taken = next.acquire(LEASE).orElseThrow();
                assertTrue(late.holds(), "it can't know yet");
                WorkException refused =
                        assertThrows(WorkException.class, () -> prober.probe(bucket, "a.png", 0));
                assertEquals(WorkException.Code.LOST, refused.code());
                assertNull(keySpace.get(ProbeRow.key(bucket, "a.png")));
                assertTrue(prober(store, taken, ffmpeg).probe(bucket, "a.png", 0));
            }
        }
    }

    private static Store store(KeySpace keySpace, Leases leases, Extents extents) {
        return Store.open(keySpace, leases, extents, StoreOptions.defaults(), Clocks.system());
    }

    private static Leases leases(KeySpace keySpace) {
        return Leases.open(keySpace, "node", SILENT, MonotonicClock.system());
    }

    private Ffmpeg ffmpeg() {
        return new Ffmpeg(new Ffmpeg.Settings(1, 1, Duration.ofSeconds(30), null, directory));
    }

    private static Prober prober(Store store, Tenure tenure, Ffmpeg ffmpeg) {
        return new Prober(
                store,
                tenure.keySpace(),
                new StreamProbe(ffmpeg),
                new FailedProbes(Clocks.system().wall()),
                Clocks.system().wall(),
                () -> false);
    }

    private static byte[] picture() throws Exception {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(8, 6, BufferedImage.TYPE_INT_RGB), "png", png);
        return png.toByteArray();
    }
}
