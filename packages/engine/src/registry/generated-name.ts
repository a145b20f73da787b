/** Owns names for tunnels that came without one: two words and four characters, easy to read out loud. */
import { randomText } from '@towline/base'

const FIRST = `amber bold brave brisk calm clear cool crisp deep eager early fair fast fine fond fresh gentle glad grand
  green happy high keen kind late light lively loyal lucky mellow mild neat noble plain proud quick quiet rapid ready
  rosy royal sharp shy silent silver smart smooth snug solid spry still stout sunny swift tidy warm wise young`.split(
  /\s+/,
)

const SECOND = `anchor arch badger bay beacon birch bridge brook cedar cliff clover comet coral cove crane creek delta
  dune eagle elm ember falcon fern finch fjord fox gull harbor hawk heron hill iris island lake lark leaf lynx maple
  meadow moon moss oak otter owl pearl pine pond quay raven reef ridge river robin sail seal shore sparrow spruce
  star stone swan tide trail vale willow wren`.split(/\s+/)

const pick = (words: readonly string[]): string => words[Math.floor(Math.random() * words.length)] as string

/** Such as `calm-otter-x7k2`. The four characters keep two tunnels apart; who may visit never depends on the name. */
export const generatedName = (): string => `${pick(FIRST)}-${pick(SECOND)}-${randomText(4)}`
