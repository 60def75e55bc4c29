package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.kit.Damages;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.uploads.CompleteUpload;
import io.millrace.store.uploads.PartOutcome;
import io.millrace.store.uploads.UploadPart;
import io.millrace.store.uploads.Uploads;
import io.millrace.store.verify.Hit;
import io.millrace.store.verify.Span;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Verify goes on behind a damaged place, names all of them up to a bound, and says each once. */
class VerifiedPlacesTest {
    private static final String KEY = "film.mp4";
    private static final int BLOCK = 64 << 10;
    private static final int FRAMED = BLOCK + 4;
    private static final int BLOCKS = 260;

    @TempDir Path directory;
    private Path volume;

    @BeforeEach
    void write() throws IOException {
        try (MillraceServer server = MillraceServer.open(FlippedData.serverSettings(directory))) {
            server.store().buckets().create("films", "root", BucketAcl.PRIVATE);
            byte[] bytes = FlippedData.bytes(KEY, BLOCKS * BLOCK);
            server.store().objects().put(PutObject.of("films", KEY, bytes.length), bytes);
        }
        volume =
                FlippedData.files(directory.resolve("extents")).stream()
                        .filter(f -> f.toString().endsWith(".volume"))
                        .findFirst()
                        .orElseThrow();
    }

    private Hit verify() throws IOException {
        DataCheck.Result found = DataCheck.verify(FlippedData.settings(directory), step -> {});
        assertEquals(1, found.hits().size(), found.toString());
        assertEquals(KEY, found.hits().getFirst().key());
        return found.hits().getFirst();
    }

    /** Flips a bit in the middle of the object's block. */
    private void flip(int block) throws IOException {
        byte[] first = FlippedData.bytes(KEY, 32);
        try (RandomAccessFile file = new RandomAccessFile(volume.toFile(), "rw")) {
            byte[] head = new byte[1 << 20];
            file.readFully(head, 0, (int) Math.min(head.length, file.length()));
            int begin = find(head, first);
            long at = begin + (long) block * FRAMED + BLOCK / 2;
            file.seek(at);
            int was = file.read();
            file.seek(at);
            file.write(was ^ 1);
        }
    }

    private static int find(byte[] all, byte[] part) {
        for (int at = 0; at < all.length - part.length; at++) {
            if (Arrays.equals(all, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        throw new AssertionError("the object is not in the first volume");
    }

    @Test
    void eachDamagedPlaceOfAnObjectIsNamed() throws Exception {
        flip(3);
        flip(4);
        flip(200);
        Hit hit = verify();
        assertEquals(
                List.of(new Span(3L * BLOCK, 5L * BLOCK), new Span(200L * BLOCK, 201L * BLOCK)),
                hit.places());
        assertEquals(3L * BLOCK, hit.from());
        assertEquals(0, hit.more());
        assertTrue(
                hit.toString().contains("bytes 196608 to 327679, 13107200 to 13172735:"),
                hit.toString());
    }

    @Test
    void ofMoreThanAHundredPlacesTheOthersAreCounted() throws Exception {
        for (int block = 0; block < BLOCKS; block += 2) {
            flip(block);
        }
        Hit hit = verify();
        assertEquals(100, hit.places().size());
        assertEquals(BLOCKS / 2 - 100, hit.more());
        assertTrue(hit.toString().contains(" and 30 more: "), hit.toString());
    }

    @Test
    void anObjectOfPartsIsReadOnceAndAnOpenUploadsPartHasItsName() throws Exception {
        byte[] bytes = FlippedData.bytes("part", 2 * BLOCK);
        try (MillraceServer server = MillraceServer.open(FlippedData.serverSettings(directory))) {
            Uploads uploads = server.store().uploads();
            String id = uploads.initiate("films", "whole", ObjectMetadata.NONE).uploadId();
            CompleteUpload.NamedPart part = part(uploads, "whole", id, bytes);
            uploads.complete(
                    new CompleteUpload(
                            "films",
                            "whole",
                            id,
                            List.of(part),
                            ExpectedDigests.NONE,
                            WriteConditions.NONE));
            String open = uploads.initiate("films", "begun", ObjectMetadata.NONE).uploadId();
            part(uploads, "begun", open, bytes);
        }
        DataCheck.Result whole = DataCheck.verify(FlippedData.settings(directory), step -> {});
        assertEquals((long) BLOCKS * BLOCK + 2L * bytes.length, whole.bytes(), whole.toString());
        for (Path file : FlippedData.files(directory.resolve("extents"))) {
            flipEach(file, Arrays.copyOf(bytes, 64));
        }
        DataCheck.Result found = DataCheck.verify(FlippedData.settings(directory), step -> {});
        assertEquals(
                List.of("films/begun, part 1 of an open upload", "films/whole"),
                found.hits().stream().map(h -> h.bucket() + "/" + h.key()).sorted().toList());
    }

    private static CompleteUpload.NamedPart part(
            Uploads uploads, String key, String id, byte[] bytes) {
        UploadPart part = new UploadPart("films", key, id, 1, bytes.length, ExpectedDigests.NONE);
        PartOutcome outcome = uploads.uploadPart(part, new ByteArrayInputStream(bytes));
        return new CompleteUpload.NamedPart(
                1, assertInstanceOf(PartOutcome.Stored.class, outcome).part().etag());
    }

    /** Flips a bit wherever the file has these bytes. */
    private static void flipEach(Path file, byte[] bytes) throws IOException {
        byte[] all = Files.readAllBytes(file);
        for (int at = 0; at < all.length - bytes.length; at++) {
            if (Arrays.equals(all, at, at + bytes.length, bytes, 0, bytes.length)) {
                all[at] ^= 1;
            }
        }
        Files.write(file, all);
    }

    @Test
    void aDamagedPlaceIsInTheReportAndNotInTheLogToo() throws Exception {
        flip(3);
        Logger logger = (Logger) LoggerFactory.getLogger(Damages.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try {
            DataCheck.Result found = DataCheck.verify(FlippedData.settings(directory), step -> {});
            List<String> said =
                    CheckReport.text(found).stream().filter(l -> l.startsWith("DAMAGED")).toList();
            assertEquals(1, said.size(), said.toString());
            assertEquals(List.of(), log.list);
        } finally {
            logger.detachAppender(log);
        }
    }
}
