package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Scan;
import io.millrace.kit.Crc64;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.CopyOutcome;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.ObjectType;
import io.millrace.store.objects.Objects;
import io.millrace.store.objects.SealOutcome;
import io.millrace.store.space.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppendsTest {
    private static final String BUCKET = Fixture.BUCKET;

    @TempDir Path directory;

    @Test
    void appendsOfAllSizesReadAsOneObjectAndEveryByteIsFound() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            Random random = new Random(11);
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            for (int i = 0; i < 120; i++) {
                int size = i % 10 == 9 ? 17_000 + random.nextInt(300_000) : random.nextInt(9000);
                byte[] bytes = Fixture.bytes(i, size);
                AppendOutcome.Appended appended =
                        assertInstanceOf(
                                AppendOutcome.Appended.class,
                                fixture.append("a", whole.size(), bytes));
                whole.write(bytes);
                assertEquals(whole.size(), appended.nextPosition());
                assertEquals(Crc64.of(whole.toByteArray()), appended.crc64());
            }
            fixture.reopen();
            byte[] bytes = whole.toByteArray();
            assertArrayEquals(bytes, fixture.get("a"));
            ObjectReader reader = fixture.objects().open(BUCKET, "a").orElseThrow();
            for (int i = 0; i < 200; i++) {
                int from = random.nextInt(bytes.length);
                int length = random.nextInt(Math.min(200_000, bytes.length - from) + 1);
                byte[] wanted = Arrays.copyOfRange(bytes, from, from + length);
                byte[] into = new byte[length];
                assertEquals(length, reader.read(from, into, 0, length));
                assertArrayEquals(wanted, into);
                try (InputStream in = reader.range(from, length)) {
                    assertArrayEquals(wanted, in.readAllBytes());
                }
            }
            ObjectInfo info = reader.info();
            assertEquals(ObjectType.APPENDABLE, info.type());
            assertTrue(info.etag().contains("-"), "no client may take the ETag for an MD5");
            fixture.assertStatistics(1, bytes.length);
        }
    }

    @Tag("slow")
    @Test
    void ofFiftyAppendsAtOnePositionExactlyOneHappens() {
        try (Fixture fixture = Fixture.open(directory)) {
            long position = 0;
            for (int size : new int[] {100, 40_000, 4000}) {
                List<Callable<AppendOutcome>> tasks = new ArrayList<>();
                long at = position;
                for (int i = 0; i < 50; i++) {
                    byte[] bytes = Fixture.bytes(i, size);
                    tasks.add(() -> fixture.append("a", at, bytes));
                }
                List<AppendOutcome> outcomes = Fixture.together(tasks);
                List<Integer> winners = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    if (outcomes.get(i) instanceof AppendOutcome.Appended) {
                        winners.add(i);
                    } else {
                        assertInstanceOf(AppendOutcome.PositionMismatch.class, outcomes.get(i));
                    }
                }
                assertEquals(1, winners.size());
                position += size;
                byte[] all = fixture.get("a");
                assertEquals(position, all.length);
                assertArrayEquals(
                        Fixture.bytes(winners.getFirst(), size),
                        Arrays.copyOfRange(all, (int) at, all.length));
            }
        }
    }

    @Test
    void anAppendWhoseAnswerGotLostIsSeenInTheMismatch() {
        try (Fixture fixture = Fixture.open(directory)) {
            byte[] bytes = Fixture.bytes(1, 5000);
            fixture.append("a", 0, bytes);
            assertEquals(
                    new AppendOutcome.PositionMismatch(5000, Crc64.of(bytes)),
                    fixture.append("a", 0, bytes));
            assertEquals(new AppendOutcome.PositionMismatch(0, 0), fixture.append("b", 7, bytes));
        }
    }

    @Test
    void aNormalObjectAndASealedOneDoNotGrow() {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.put("normal", new byte[10]);
            assertInstanceOf(
                    AppendOutcome.NotAppendable.class, fixture.append("normal", 10, new byte[1]));
            assertInstanceOf(
                    SealOutcome.NotAppendable.class, fixture.objects().seal(BUCKET, "normal", 10));
            fixture.append("a", 0, new byte[10]);
            assertEquals(
                    new SealOutcome.PositionMismatch(10, Crc64.of(new byte[10])),
                    fixture.objects().seal(BUCKET, "a", 9));
            assertInstanceOf(
                    SealOutcome.NoSuchKey.class, fixture.objects().seal(BUCKET, "none", 0));
            ObjectInfo grown = fixture.objects().head(BUCKET, "a").orElseThrow();
            fixture.clock.advance(Duration.ofHours(1));
            SealOutcome.Sealed sealed =
                    assertInstanceOf(
                            SealOutcome.Sealed.class, fixture.objects().seal(BUCKET, "a", 10));
            assertEquals(fixture.clock.instant(), sealed.info().sealedTime());
            assertEquals(
                    grown.lastModified(), sealed.info().lastModified(), "its bytes are the same");
            assertEquals(grown.etag(), sealed.info().etag());
            assertEquals(grown.metadata(), sealed.info().metadata());
            assertEquals(grown.incarnation(), sealed.info().incarnation());
            assertEquals(sealed, fixture.objects().seal(BUCKET, "a", 10));
            assertInstanceOf(AppendOutcome.Sealed.class, fixture.append("a", 10, new byte[1]));
            assertArrayEquals(new byte[10], fixture.get("a"));
        }
    }

    @Test
    void aReaderSeesTheLengthOfTheMomentItOpened() {
        try (Fixture fixture = Fixture.open(directory)) {
            byte[] first = Fixture.bytes(1, 1000);
            fixture.append("a", 0, first);
            ObjectReader reader = fixture.objects().open(BUCKET, "a").orElseThrow();
            fixture.append("a", 1000, Fixture.bytes(2, 1000));
            assertArrayEquals(first, Fixture.read(reader));
            assertEquals(1000, reader.read(0, new byte[3000], 0, 3000));
        }
    }

    @Test
    void appendsKeepTheIncarnationAndADeletionEndsIt() {
        try (Fixture fixture = Fixture.open(directory)) {
            ObjectInfo first = appended(fixture.append("a", 0, new byte[1]));
            ObjectInfo second = appended(fixture.append("a", 1, new byte[1]));
            assertEquals(first.incarnation(), second.incarnation());
            assertTrue(second.versionId() != first.versionId());
            fixture.objects().delete(BUCKET, "a");
            ObjectInfo again = appended(fixture.append("a", 0, new byte[1]));
            assertTrue(again.incarnation() != first.incarnation());
        }
    }

    @Test
    void aCopyOfAGrowingObjectIsNormalAndStaysAsItWas() {
        try (Fixture fixture = Fixture.open(directory)) {
            byte[] first = Fixture.bytes(1, 50_000);
            fixture.append("a", 0, first);
            CopyOutcome.Copied copied =
                    assertInstanceOf(
                            CopyOutcome.Copied.class,
                            fixture.objects().copy(CopyObject.of(BUCKET, "a", BUCKET, "b")));
            assertEquals(ObjectType.NORMAL, copied.info().type());
            fixture.append("a", 50_000, Fixture.bytes(2, 50_000));
            assertArrayEquals(first, fixture.get("b"));
            assertInstanceOf(
                    AppendOutcome.NotAppendable.class, fixture.append("b", 50_000, new byte[1]));
        }
    }

    @Test
    void anAppendOfNothingMakesAnObjectThatGrowsOn() {
        try (Fixture fixture = Fixture.open(directory)) {
            ObjectMetadata first = ObjectMetadata.ofType("a/b");
            ObjectMetadata other = ObjectMetadata.ofType("c/d");
            AppendObject nothing = AppendObject.of(BUCKET, "a", 0, 0).with(first);
            ObjectInfo made = appended(fixture.objects().append(nothing, new byte[0]));
            assertEquals(0, made.sizeBytes());
            assertEquals(0, fixture.get("a").length);
            byte[] bytes = Fixture.bytes(1, 10);
            fixture.clock.advance(Duration.ofHours(1));
            AppendObject more = AppendObject.of(BUCKET, "a", 0, 10).with(other);
            appended(fixture.objects().append(more, bytes));
            ObjectInfo info = appended(fixture.append("a", 10, new byte[0]));
            assertEquals(first, info.metadata(), "it has the metadata it began with");
            assertEquals(fixture.clock.instant(), info.lastModified());
            assertEquals(info, fixture.objects().head(BUCKET, "a").orElseThrow());
            assertArrayEquals(bytes, fixture.get("a"));
            assertEquals(1, fixture.keySpace.scan(Scan.prefix(new byte[] {'X'}, 10)).size());
        }
    }

    @Test
    void theLimitIsJudgedBeforeTheBody() {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.append("a", 0, new byte[10]);
            assertInstanceOf(
                    AppendOutcome.TooLarge.class,
                    fixture.objects()
                            .append(
                                    AppendObject.of(BUCKET, "a", 10, Objects.MAX_BYTES - 9),
                                    InputStream.nullInputStream()));
        }
    }

    @Test
    void aPositionIsNotNegative() {
        try (Fixture fixture = Fixture.open(directory)) {
            StoreException refused =
                    assertThrows(StoreException.class, () -> fixture.append("a", -1, new byte[1]));
            assertEquals(StoreException.Code.INVALID_ARGUMENT, refused.code());
            assertTrue(fixture.objects().head(BUCKET, "a").isEmpty());
        }
    }

    private static ObjectInfo appended(AppendOutcome outcome) {
        return assertInstanceOf(AppendOutcome.Appended.class, outcome).info();
    }
}
