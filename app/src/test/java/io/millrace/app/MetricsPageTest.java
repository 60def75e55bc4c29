package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.testkit.FakeExchange;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsPageTest {
    private static FakeExchange answer(FakeExchange asked, Optional<String> token) {
        PrometheusMeterRegistry registry = MillraceServer.registry();
        registry.counter("apples").increment();
        new MetricsPage(registry, token).handle(asked);
        return asked;
    }

    @Test
    void withoutATokenAnybodyReadsThem() {
        FakeExchange answer = answer(new FakeExchange("GET", "/metrics"), Optional.empty());
        assertEquals(200, answer.status());
        assertTrue(answer.answerText().contains("apples_total 1.0"));
    }

    @Test
    void whoKnowsTheTokenReadsThem() {
        FakeExchange asked =
                new FakeExchange("GET", "/metrics").with("Authorization", "Bearer s3cret");
        assertTrue(answer(asked, Optional.of("s3cret")).answerText().contains("apples_total"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "Bearer ", "Bearer S3cret", "s3cret", "Basic s3cret", "Bearer s3cret "})
    void nobodyElse(String header) {
        FakeExchange asked = new FakeExchange("GET", "/metrics");
        FakeExchange answer =
                answer(
                        header.isEmpty() ? asked : asked.with("Authorization", header),
                        Optional.of("s3cret"));
        assertEquals(401, answer.status());
        assertFalse(answer.answerText().contains("apples"));
        assertEquals("Bearer realm=\"metrics\"", answer.answerHeader("WWW-Authenticate"));
    }
}
