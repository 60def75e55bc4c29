package io.millrace.extents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.testkit.Seed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Whatever ends a lane's thread answers everybody who waits for it. */
class NobodyStaysParkedTest {
    private static final ExtentsOptions OPTIONS =
            ExtentsOptions.standard().withVolumeBytes(4 << 20).withReserveBytes(1 << 20);

    /** An error that leaves no memory even for telling of it. */
    private static final class NoMemoryLeft extends Error {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new OutOfMemoryError("no room in the test");
        }
    }

    @Test
    void anErrorInALaneAnswersEveryWriter() throws IOException, InterruptedException {
        FaultyDisk disk = new FaultyDisk(Seed.fresh().random());
        try (LocalExtents extents = LocalExtents.openDisks(List.of(disk), OPTIONS);
                ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            byte[] bytes = Payload.of(1, 1_000);
            extents.append(bytes, 0, bytes.length);
            disk.throwing(new NoMemoryLeft());
            List<Future<ExtentRef>> waiting = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                waiting.add(writers.submit(() -> extents.append(bytes, 0, bytes.length)));
            }
            for (Future<ExtentRef> one : waiting) {
                ExecutionException refused =
                        assertThrows(ExecutionException.class, () -> one.get(30, TimeUnit.SECONDS));
                assertEquals(
                        ExtentsException.Code.FAILED,
                        assertInstanceOf(ExtentsException.class, refused.getCause()).code());
            }
        }
    }
}
