package systems.net.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client of Netty's HTTP codec; sends all requests before it has read an answer. */
final class NettyClient {
  private NettyClient() {}

  /** Statuses and bodies of the answers to so many requests. */
  static List<String> ask(SocketAddress server, String body, int times) {
    var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    var all = new CompletableFuture<List<String>>();
    try {
      int port = ((InetSocketAddress) server).getPort();
      Channel channel =
          new Bootstrap()
              .group(group)
              .channel(NioSocketChannel.class)
              .handler(pipeline(all, times))
              .connect("127.0.0.1", port)
              .syncUninterruptibly()
              .channel();
      for (int i = 0; i < times; i++) {
        channel.writeAndFlush(request(body));
      }
      return Heard.await(all);
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  private static DefaultFullHttpRequest request(String body) {
    var content = Unpooled.copiedBuffer(body, US_ASCII);
    HttpMethod method = body.isEmpty() ? HttpMethod.GET : HttpMethod.POST;
    var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, "/", content);
    request.headers().set("Host", "a.example");
    if (!body.isEmpty()) {
      request.headers().set("Content-Length", body.length());
    }
    return request;
  }

  private static ChannelInitializer<Channel> pipeline(
      CompletableFuture<List<String>> all, int times) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        List<String> answers = new ArrayList<>();
        channel
            .pipeline()
            .addLast(new HttpClientCodec(), new HttpObjectAggregator(1 << 20))
            .addLast(
                new SimpleChannelInboundHandler<FullHttpResponse>() {
                  @Override
                  protected void channelRead0(
                      ChannelHandlerContext context, FullHttpResponse response) {
                    String text = response.content().toString(US_ASCII);
                    answers.add(response.status().code() + " " + text);
                    if (answers.size() == times) {
                      all.complete(answers);
                    }
                  }
                });
      }
    };
  }
}
