package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.kit.Crc64;
import io.millrace.store.content.Layout;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.CompleteOutcome;
import io.millrace.store.uploads.PartInfo;
import io.millrace.store.uploads.PartOutcome;
import io.millrace.store.uploads.UploadPartCopy;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parts that are copied of an object whose bytes stand in several extents. */
class SharedPartsTest {
    private static final byte[] ONE = Fixture.bytes(1, 100_000);
    private static final byte[] OTHER = Fixture.bytes(2, 70_000);

    @TempDir Path directory;
    private Steps steps;
    private Fixture fixture;
    private String id;

    @BeforeEach
    void open() {
        fixture =
                Fixture.hasty(
                        directory,
                        Fixture.quick(),
                        () -> {
                            steps = new Steps(Fixture.rocks(directory));
                            return steps;
                        });
        id = fixture.store.uploads().initiate(BUCKET, "a", ObjectMetadata.NONE).uploadId();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private byte[] rowKey(String key) {
        long bucket = fixture.store.buckets().require(BUCKET).id();
        return StoreKeys.object(bucket, key.getBytes(StandardCharsets.UTF_8));
    }

    private ObjectRow row(String key) {
        return ObjectRow.decode(requireNonNull(fixture.keySpace.get(rowKey(key))));
    }

    private Piece piece(String key) {
        return assertInstanceOf(Layout.Direct.class, row(key).layout()).pieces().getFirst();
    }

    /** As a body of more than 64 MiB stands, and as one that was made of slices. */
    private byte[] inThreePieces() {
        fixture.put("one", ONE);
        fixture.put("other", OTHER);
        Piece one = piece("one");
        Piece other = piece("other");
        List<Piece> pieces =
                List.of(one, new Piece(other.ref(), 10, 50_000), new Piece(one.ref(), 5, 30_000));
        ObjectRow row = row("one");
        ObjectRow whole =
                new ObjectRow(
                        row.versionId(),
                        row.incarnation(),
                        row.type(),
                        180_000,
                        row.md5(),
                        0,
                        row.crc64(),
                        row.modifiedMillis(),
                        0,
                        row.metadata(),
                        new Layout.Direct(pieces));
        fixture.keySpace.commit(Batch.builder().put(rowKey("source"), whole.encode()).build());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(ONE, 0, 100_000);
        bytes.write(OTHER, 10, 50_000);
        bytes.write(ONE, 5, 30_000);
        return bytes.toByteArray();
    }

    private PartOutcome copy(int number, long from, long length) {
        return fixture.store
                .uploads()
                .uploadPartCopy(
                        new UploadPartCopy(
                                BUCKET,
                                "a",
                                id,
                                number,
                                BUCKET,
                                "source",
                                from,
                                length,
                                ReadConditions.NONE));
    }

    @Test
    void aRangeOverSeveralExtentsSharesEachAndReadsAsTheSameBytes() throws Exception {
        byte[] bytes = inThreePieces();
        int[][] ranges = { // from, length, pieces
            {0, 180_000, 3},
            {99_999, 20_000, 2},
            {100_000, 50_000, 1},
            {90_000, 80_000, 3},
            {149_999, 16_385, 2},
            {150_000, 30_000, 1},
            {0, 100_000, 1},
            {100_001, 49_999, 1},
            {130_000, 50_000, 2},
        };
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        long upload = Long.parseLong(id.substring(0, 16), 16);
        for (int i = 0; i < ranges.length; i++) {
            int[] range = ranges[i];
            PartInfo part =
                    assertInstanceOf(PartOutcome.Stored.class, copy(i + 1, range[0], range[1]))
                            .part();
            byte[] wanted = Arrays.copyOfRange(bytes, range[0], range[0] + range[1]);
            assertEquals(range[1], part.sizeBytes());
            byte[] md5 = MessageDigest.getInstance("MD5").digest(wanted);
            assertEquals(HexFormat.of().formatHex(md5), part.etag());
            assertEquals(Crc64.of(wanted), part.crc64());
            byte[] record = fixture.keySpace.get(StoreKeys.part(upload, i + 1));
            assertEquals(range[2], PartRow.decode(requireNonNull(record)).pieces().size());
            whole.writeBytes(wanted);
        }
        assertInstanceOf(
                CompleteOutcome.Completed.class, UploadsTest.complete(fixture, "a", id, List.of()));
        assertArrayEquals(whole.toByteArray(), fixture.get("a"));
    }

    @Test
    void aReadGoesOnFromExtentToExtent() throws Exception {
        byte[] bytes = inThreePieces();
        try (ObjectReader reader = fixture.objects().open(BUCKET, "source").orElseThrow()) {
            for (int[] range :
                    new int[][] {{0, 180_000}, {99_999, 50_002}, {100_000, 1}, {149_999, 2}}) {
                byte[] wanted = Arrays.copyOfRange(bytes, range[0], range[0] + range[1]);
                byte[] into = new byte[range[1]];
                assertEquals(range[1], reader.read(range[0], into, 0, range[1]));
                assertArrayEquals(wanted, into);
                assertArrayEquals(wanted, reader.range(range[0], range[1]).readAllBytes());
            }
        }
    }

    @Test
    void aSourceThatIsOverwrittenAtEveryLookIsBusyAndTheNextTimeCopied() {
        int[] overwritten = {0};
        Runnable again =
                new Runnable() {
                    @Override
                    public void run() {
                        fixture.put("source", Fixture.bytes(overwritten[0]++, ONE.length));
                        // Each look opens the source, which reads it twice, and reads it again.
                        steps.before(2, this);
                    }
                };
        fixture.put("source", ONE);
        // The upload is looked for first.
        steps.before(3, again);
        StoreException busy = assertThrows(StoreException.class, () -> copy(1, 0, -1));
        assertEquals(StoreException.Code.BUSY, busy.code());
        assertTrue(overwritten[0] > 3, "it was looked for again and again");
        steps.happened();
        PartInfo part = assertInstanceOf(PartOutcome.Stored.class, copy(1, 0, -1)).part();
        assertEquals(Crc64.of(Fixture.bytes(overwritten[0] - 1, ONE.length)), part.crc64());
    }
}
