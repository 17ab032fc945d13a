package systems.benchmarks.asyncnet;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * {@code NettyServer LOOPS}: Netty as its own users tune it for such a test. Native epoll, the
 * codec without an aggregator, a shared body, header names and values that are encoded already and
 * not validated again, the Date made once a second, no promise for a write, a flush when a batch of
 * reads is done, no leak detector. It has no timeouts and no limits but the codec's, which ours
 * has: there the comparison favours it.
 */
final class NettyServer {
  private static final ByteBuf BODY =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer()
              .writeBytes(Client.BODY.getBytes(StandardCharsets.US_ASCII))
              .asReadOnly());

  private static final AsciiString BODY_LENGTH =
      AsciiString.cached(Integer.toString(Client.BODY.length()));

  private static final HttpHeadersFactory HEADERS =
      DefaultHttpHeadersFactory.headersFactory().withValidation(false);

  private static volatile AsciiString date = now();

  private NettyServer() {}

  private static AsciiString now() {
    return AsciiString.cached(
        DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
  }

  public static void main(String[] arguments) throws InterruptedException {
    tune();
    InetSocketAddress address = start(Integer.parseInt(arguments[0]));
    System.out.println("listening on http://127.0.0.1:" + address.getPort());
    new CountDownLatch(1).await();
  }

  /** What is set for the whole process. */
  static void tune() {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
  }

  static InetSocketAddress start(int loops) throws InterruptedException {
    var group = new MultiThreadIoEventLoopGroup(loops, EpollIoHandler.newFactory());
    var _ = group.scheduleAtFixedRate(() -> date = now(), 1, 1, TimeUnit.SECONDS);
    Channel channel =
        new ServerBootstrap()
            .group(group)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel child) {
                    child.pipeline().addLast(new HttpServerCodec(), new Greeting());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sync()
            .channel();
    return (InetSocketAddress) channel.localAddress();
  }

  private static final class Greeting extends ChannelInboundHandlerAdapter {
    private boolean persists;

    @Override
    public void channelRead(ChannelHandlerContext peer, Object message) {
      if (message instanceof HttpRequest request) {
        persists = request.decoderResult().isSuccess() && HttpUtil.isKeepAlive(request);
      }
      if (message instanceof LastHttpContent) {
        answer(peer);
      }
      ReferenceCountUtil.release(message);
    }

    private void answer(ChannelHandlerContext peer) {
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.OK,
              BODY.duplicate(),
              HEADERS.newHeaders(),
              EmptyHttpHeaders.INSTANCE);
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.TEXT_PLAIN)
          .set(HttpHeaderNames.DATE, date)
          .set(HttpHeaderNames.CONTENT_LENGTH, BODY_LENGTH);
      if (persists) {
        var _ = peer.write(response, peer.voidPromise());
      } else {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        var _ = peer.write(response).addListener(ChannelFutureListener.CLOSE);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext peer) {
      peer.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext peer, Throwable cause) {
      var _ = peer.close();
    }
  }
}
