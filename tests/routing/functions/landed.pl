# A function as Knative runs one: it takes a CloudEvent in binary mode on $PORT and answers one,
# whose data is a CDEvent. Core modules only.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;

my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT} // 8080, Listen => 64, ReuseAddr => 1,
) or die "cannot listen: $!";
$| = 1;
print 'listening on ', $server->sockport, "\n";

while (my $client = $server->accept) {
    my ($request, %header, $body) = (scalar <$client>);
    while (my $line = <$client>) {
        $line =~ s/\r?\n$//;
        last if $line eq '';
        my ($name, $value) = split /:\s*/, $line, 2;
        $header{lc $name} = $value;
    }
    read $client, $body, $header{'content-length'};
    my $rocket = decode_json $body;
    my ($status, $type, $answer) = ('204 No Content', 'dev.cdevents.service.deployed.0.3.0', '');
    if ($rocket->{landed}) {
        $status = '200 OK';
        $answer = encode_json {
            context => {
                specversion => '0.5.1', id => "$rocket->{mission}-landed", type => $type,
                source => $header{'ce-source'}, timestamp => $header{'ce-time'},
            },
            subject => {
                id => $rocket->{service},
                content => {
                    environment => { id => $rocket->{planet} },
                    artifactId => "pkg:generic/$rocket->{service}\@$rocket->{version}",
                },
            },
        };
    }
    my $length = length $answer;
    print $client "HTTP/1.1 $status\r\nConnection: close\r\nContent-Length: $length\r\n";
    print $client "Content-Type: application/json\r\nce-specversion: 1.0\r\nce-id: 1\r\n",
        "ce-source: /functions/landed\r\nce-type: $type\r\n" if $answer;
    print $client "\r\n$answer";
    close $client;
}
