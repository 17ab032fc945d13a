package systems.net.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Who one is, and whom one trusts, for {@link TlsTransport}.
 *
 * <p>TLS 1.3 and 1.2 only, ALPN {@code http/1.1}. Safe for any thread.
 */
public final class Tls {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
  private static final String[] ALPN = {"http/1.1"};
  private static final List<String> KEY_KINDS = List.of("EC", "RSA", "EdDSA");
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----");
  private static final char[] NO_PASSWORD = new char[0];

  private static final long HANDSHAKE_NANOS = 10_000_000_000L;
  private static final String PASSWORD = "no secret: the store lives as long as its process";
  private static final long KEYTOOL_SECONDS = 60;

  private final SSLContext context;
  private final long handshakeNanos;

  private Tls(SSLContext context, long handshakeNanos) {
    this.context = context;
    this.handshakeNanos = handshakeNanos;
  }

  private Tls(SSLContext context) {
    this(context, HANDSHAKE_NANOS);
  }

  /** The same with another time in which a handshake has to be over; usually ten seconds. */
  public Tls withHandshakeNanos(long nanos) {
    return new Tls(context, nanos);
  }

  long handshakeNanos() {
    return handshakeNanos;
  }

  /**
   * A server's, from files in PEM form.
   *
   * @param chain the certificate, then those that signed it
   * @param key PKCS #8, not encrypted ({@code -----BEGIN PRIVATE KEY-----})
   * @throws IOException if a file cannot be read, or is not what it should be; says which
   */
  public static Tls ofPem(Path chain, Path key) throws IOException {
    try (InputStream in = Files.newInputStream(chain)) {
      var certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(in)
              .toArray(Certificate[]::new);
      if (certificates.length == 0) {
        throw new IOException(chain + " holds no certificate");
      }
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("server", privateKey(key), NO_PASSWORD, certificates);
      return ofStore(store, NO_PASSWORD);
    } catch (GeneralSecurityException e) {
      throw new IOException(chain + " and " + key + ": " + e.getMessage(), e);
    }
  }

  private static PrivateKey privateKey(Path path) throws IOException, GeneralSecurityException {
    //> phase 5: is it PKCS #8 at all, and of which kind is the key in it?
    Matcher pem = KEY.matcher(Files.readString(path, US_ASCII));
    if (!pem.find()) {
      throw new IOException(
          path
              + " holds no PKCS #8 key (-----BEGIN PRIVATE KEY-----); convert it with: openssl"
              + " pkcs8 -topk8 -nocrypt");
    }
    byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
    for (String kind : KEY_KINDS) {
      try {
        return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException another) {
        assert another != null; // try the next kind
      }
    }
    throw new IOException(path + " holds a key of a kind that is none of " + KEY_KINDS);
    //< phase 5
  }

  /** A server's, from a key store's bytes in PKCS #12 form. */
  public static Tls ofKeyStore(byte[] pkcs12, char[] password) throws IOException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(pkcs12), password);
      return ofStore(store, password);
    } catch (GeneralSecurityException e) {
      throw new IOException("the key store cannot be used: " + e.getMessage(), e);
    }
  }

  private static Tls ofStore(KeyStore store, char[] password) throws GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return new Tls(context);
  }

  /**
   * For tests and demonstrations: a new key for {@code localhost} and 127.0.0.1, made by the JDK's
   * keytool in a process of its own. Serves a server, and clients that trust this server only.
   */
  public static Tls selfSigned() throws IOException {
    Path folder = Files.createTempDirectory("tls");
    Path store = folder.resolve("self.p12");
    try {
      keytool(store);
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, PASSWORD.toCharArray());
      }
      return selfSigned(keys);
    } catch (GeneralSecurityException e) {
      throw new IOException("the new key store cannot be used: " + e.getMessage(), e);
    } finally {
      Files.deleteIfExists(store);
      Files.deleteIfExists(folder);
    }
  }

  private static Tls selfSigned(KeyStore keys) throws GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    try {
      trusted.load(null, null);
    } catch (IOException impossible) {
      throw new AssertionError("nothing is read", impossible);
    }
    trusted.setCertificateEntry("self", keys.getCertificate("self"));
    var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD.toCharArray());
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return new Tls(context);
  }

  private static void keytool(Path store) throws IOException {
    String options =
        "-genkeypair -alias self -keyalg EC -groupname secp256r1 -dname CN=localhost"
            + " -ext san=dns:localhost,ip:127.0.0.1 -validity 30 -storetype PKCS12";
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    words.addAll(List.of(options.split(" ")));
    words.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD));
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException("keytool made no key");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while keytool makes a key", e);
    }
  }

  /** A client's, which trusts whom the system trusts. */
  public static Tls client() {
    try {
      return new Tls(SSLContext.getDefault());
    } catch (GeneralSecurityException e) {
      throw new AssertionError("each Java has TLS", e);
    }
  }

  /** A client's, which trusts the certificates of a PEM file and no others. */
  public static Tls trusting(Path certificates) throws IOException {
    try (InputStream in = Files.newInputStream(certificates)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      int n = 0;
      for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("trusted-" + n++, c);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return new Tls(context);
    } catch (GeneralSecurityException e) {
      throw new IOException(certificates + ": " + e.getMessage(), e);
    }
  }

  /** Around a context that somebody else has made. */
  public static Tls of(SSLContext context) {
    return new Tls(context);
  }

  SSLContext context() {
    return context;
  }

  SSLEngine server() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setSSLParameters(parameters(engine, null));
    return engine;
  }

  /** For a connection to a host, whose name is sent and checked. */
  SSLEngine client(String host, int port) {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    engine.setSSLParameters(parameters(engine, "HTTPS"));
    return engine;
  }

  private static SSLParameters parameters(SSLEngine engine, @Nullable String check) {
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setApplicationProtocols(ALPN);
    parameters.setEndpointIdentificationAlgorithm(check);
    return parameters;
  }
}
