package io.millrace.console;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;

/** Checks a domain's certificate and key before an edge has to use them. */
final class Certificates {
    private static final int MAX_CHARACTERS = 24 * 1024;

    private Certificates() {}

    /** Who the certificate is for and until when. */
    record Facts(String subject, Instant expires) {}

    static Facts facts(String pem) {
        X509Certificate leaf = leaf(pem);
        return new Facts(leaf.getSubjectX500Principal().getName(), leaf.getNotAfter().toInstant());
    }

    /** Fails with a 400 that says what is wrong. */
    static void check(String certificatePem, String keyPem, Instant now) {
        if (certificatePem.length() > MAX_CHARACTERS || keyPem.length() > MAX_CHARACTERS) {
            throw ApiError.invalid("The certificate is too long.", "Leave the root out.");
        }
        X509Certificate leaf = leaf(certificatePem);
        if (leaf.getNotAfter().toInstant().isBefore(now)) {
            throw ApiError.invalid(
                    "The certificate expired at " + leaf.getNotAfter().toInstant() + ".",
                    "Upload a newer one.");
        }
        PrivateKey key = key(keyPem, leaf.getPublicKey().getAlgorithm());
        if (!belongs(key, leaf.getPublicKey())) {
            throw ApiError.invalid(
                    "The private key does not belong to the certificate.", "Upload the pair.");
        }
    }

    private static X509Certificate leaf(String pem) {
        try {
            Collection<? extends Certificate> chain =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(
                                    new ByteArrayInputStream(
                                            pem.getBytes(StandardCharsets.US_ASCII)));
            for (Certificate first : chain) {
                return (X509Certificate) first;
            }
        } catch (CertificateException e) {
            // worded below: the parser's own text helps nobody
        }
        throw ApiError.invalid(
                "The certificate is not PEM.", "It begins with -----BEGIN CERTIFICATE-----.");
    }

    private static PrivateKey key(String pem, String algorithm) {
        String body =
                pem.replace("-----BEGIN PRIVATE KEY-----", "")
                        .replace("-----END PRIVATE KEY-----", "")
                        .replaceAll("\\s", "");
        try {
            byte[] der = Base64.getDecoder().decode(body);
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw ApiError.invalid(
                    "The private key is not PKCS #8 PEM of the certificate's kind ("
                            + algorithm
                            + ").",
                    "Turn it into one with: openssl pkcs8 -topk8 -nodes -in key.pem");
        }
    }

    private static boolean belongs(PrivateKey key, PublicKey of) {
        try {
            String name =
                    switch (of.getAlgorithm()) {
                        case "RSA" -> "SHA256withRSA";
                        case "EC" -> "SHA256withECDSA";
                        default -> of.getAlgorithm();
                    };
            byte[] text = "millrace".getBytes(StandardCharsets.US_ASCII);
            Signature signer = Signature.getInstance(name);
            signer.initSign(key);
            signer.update(text);
            byte[] signature = signer.sign();
            signer.initVerify(of);
            signer.update(text);
            return signer.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
