package io.millrace.edge;

import io.millrace.edge.rules.Domain;
import io.millrace.edge.rules.Settings;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.Mapping;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The certificate for each name that a viewer asks for; an unknown name gets the default one. */
final class Certificates implements Mapping<String, SslContext> {
    private record Loaded(Domain.Certificate source, SslContext context) {}

    private final SslContext fallback;
    private volatile Map<String, Loaded> byHost = Map.of();

    Certificates(Instant now) {
        SelfSigned own = SelfSigned.make("millrace.local", now);
        try {
            fallback =
                    finished(
                            SslContextBuilder.forServer(
                                    own.keys().getPrivate(), own.certificate()));
        } catch (SSLException e) {
            throw new EdgeException(
                    EdgeException.Code.CERTIFICATE, "TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    /** OpenSSL where its native library loads, the JDK's TLS elsewhere; freed by the collector. */
    static SslProvider provider() {
        return OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
    }

    @Override
    public SslContext map(@Nullable String host) {
        Loaded loaded = host == null ? null : byHost.get(host.toLowerCase(Locale.ROOT));
        return loaded == null ? fallback : loaded.context;
    }

    /**
     * Takes over the certificates of new settings; one that cannot be read keeps the one before.
     */
    void update(Settings settings) {
        Map<String, Loaded> next = new HashMap<>();
        for (Domain domain : settings.domains().values()) {
            Domain.Certificate source = domain.certificate();
            if (source == null) {
                continue;
            }
            Loaded before = byHost.get(domain.host());
            Loaded loaded =
                    before != null && before.source.equals(source)
                            ? before
                            : load(domain.host(), source);
            if (loaded != null) {
                next.put(domain.host(), loaded);
            } else if (before != null) {
                next.put(domain.host(), before);
            }
        }
        byHost = Map.copyOf(next);
    }

    private static @Nullable Loaded load(String host, Domain.Certificate source) {
        try {
            SslContextBuilder builder =
                    SslContextBuilder.forServer(
                            new ByteArrayInputStream(
                                    source.chainPem().getBytes(StandardCharsets.UTF_8)),
                            new ByteArrayInputStream(
                                    PrivateKeys.pkcs8(source.keyPem())
                                            .getBytes(StandardCharsets.UTF_8)));
            return new Loaded(source, finished(builder));
        } catch (SSLException | IllegalArgumentException e) {
            LoggerFactory.getLogger(Certificates.class)
                    .warn("the certificate of {} cannot be used: {}", host, e.getMessage());
            return null;
        }
    }

    private static SslContext finished(SslContextBuilder builder) throws SSLException {
        return builder.sslProvider(provider())
                .protocols("TLSv1.3", "TLSv1.2")
                .sessionCacheSize(20_000)
                .build();
    }
}
