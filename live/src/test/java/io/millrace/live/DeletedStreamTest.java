package io.millrace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeletedStreamTest {
    private static final int ROUNDS = 100;

    @TempDir Path directory;

    @Test
    void aDeletedStreamIsNotBroughtBackByARotationOfItsKey() throws Exception {
        try (Rig rig = Rig.open(directory, o -> o);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < ROUNDS; i++) {
                String name = "s" + i;
                rig.stream(name);
                CyclicBarrier together = new CyclicBarrier(2);
                Future<Optional<StreamInfo>> rotation =
                        threads.submit(
                                () -> {
                                    together.await();
                                    return rig.live.streams().rotateKey(name);
                                });
                together.await();
                assertTrue(rig.live.streams().delete(name));
                rotation.get();
            }
            rig.restart();
            assertEquals(List.of(), rig.live.streams().list());
        }
    }

    @Test
    void ofManyRotationsTheKeyInForceIsTheOneThatIsKept() throws Exception {
        try (Rig rig = Rig.open(directory, o -> o);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            rig.stream("s");
            List<Future<Optional<StreamInfo>>> rotations = new java.util.ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                rotations.add(threads.submit(() -> rig.live.streams().rotateKey("s")));
            }
            for (Future<Optional<StreamInfo>> rotation : rotations) {
                assertTrue(rotation.get().isPresent());
            }
            String inForce = rig.live.streams().get("s").orElseThrow().streamKey();
            rig.restart();
            assertEquals(inForce, rig.live.streams().get("s").orElseThrow().streamKey());
        }
    }
}
