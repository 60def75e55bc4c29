package io.millrace.live.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Bits a second as they come in and as segments hold them. */
class RatesTest {
    private final Rates rates = new Rates();

    private static FinishedSegment segment(int bytes, long micros, int frames) {
        return new FinishedSegment(new byte[0], bytes, micros, 0, false, frames, true, true);
    }

    @Test
    void theBitrateIsThatOfTheLastFiveSamples() {
        rates.begin(10_000);
        assertEquals(0, rates.bitrate());
        for (int second = 1; second <= 5; second++) {
            rates.sample(10_000 + second * 1_000, second * 1_000L);
            assertEquals(8_000, rates.bitrate());
        }
        rates.sample(16_000, 105_000); // 104 kB in the five seconds since the first sample
        assertEquals(104_000 * 8 / 5, rates.bitrate());
    }

    @Test
    void samplesThatComeTooSoonDoNotCount() {
        rates.begin(0);
        rates.sample(899, 1_000_000);
        assertEquals(0, rates.bitrate());
        rates.sample(900, 900);
        assertEquals(8_000, rates.bitrate());
        rates.sample(1_799, 1_000_000);
        assertEquals(8_000, rates.bitrate());
    }

    @Test
    void aNewPushBeginsAtNothing() {
        rates.begin(0);
        for (int second = 1; second <= 5; second++) {
            rates.sample(second * 1_000L, second * 50_000L);
        }
        rates.begin(2_000);
        assertEquals(0, rates.bitrate());
        rates.sample(3_000, 1_000);
        assertEquals(8_000, rates.bitrate());
    }

    @Test
    void peakAndAverageComeFromSegments() {
        assertEquals(0, rates.average());
        rates.segment(segment(250_000, 2_000_000, 50));
        rates.segment(segment(500_000, 2_000_000, 60));
        rates.segment(segment(125_000, 1_000_000, 30));
        assertEquals(2_000_000, rates.peak());
        assertEquals(875_000L * 8 / 5, rates.average());
        assertEquals(30.0, rates.framesPerSecond());
    }

    @Test
    void aSliverSaysNothingAboutThePeakUnlessItIsAllThereIs() {
        rates.segment(segment(100_000, 100_000, 3));
        assertEquals(8_000_000, rates.peak());
        assertEquals(30.0, rates.framesPerSecond(), 1e-9);
        Rates other = new Rates();
        other.segment(segment(50_000, 400_000, 10));
        assertEquals(1_000_000, other.peak());
        other.segment(segment(500_000, 399_999, 40));
        assertEquals(1_000_000, other.peak());
        assertEquals(25.0, other.framesPerSecond(), 1e-9);
        assertEquals((long) (550_000 * 8e6 / 799_999), other.average());
    }

    @Test
    void aSegmentWithoutLengthIsIgnored() {
        rates.segment(segment(100_000, 0, 3));
        assertEquals(0, rates.peak());
        assertEquals(0, rates.average());
        rates.segment(segment(1, 1, 1));
        assertEquals(8_000_000, rates.peak());
    }
}
